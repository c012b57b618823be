"""The progress bar: on a terminal, or where it is asked for."""

import subprocess
import sys

import numpy as np

from chainrule.nn import Network
from chainrule.train import fit

X, Y = np.ones((8, 2)), np.arange(8.0)


def test_the_bar_shows_epochs_and_losses_on_standard_error(capsys):
    history = fit(Network([2, 1]), X, Y, epochs=3, validation=(X, Y), progress=True)
    captured = capsys.readouterr()
    assert "3/3" in captured.err
    assert f"loss {history[-1].loss:.4g}, validation {history[-1].validation_loss:.4g}" in captured.err
    assert captured.out == ""


def test_nothing_is_shown_where_there_is_no_terminal_and_rich_is_not_loaded():
    code = (
        "import sys, numpy as np\n"
        "from chainrule.nn import Network\n"
        "from chainrule.train import fit\n"
        "fit(Network([2, 1]), np.ones((8, 2)), np.arange(8.0), epochs=3)\n"
        "assert 'rich' not in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == ran.stderr == ""
