"""Derivations as LaTeX, MathML, pages and NumPy source."""

import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.derivation.numbers import CONSTANTS
from chainrule.derivation.vocabulary import SENTENCES
from chainrule.derivation.writers.notation import SIGNS
from chainrule.derivation.writers.plain_notation import INDICES, VULGAR
from chainrule.derivation.writers.unicode_math import as_latex
from chainrule.derivation.writers.wrapping import columns, fill_formula, fill_words

#: Every command that the documents may use: plain LaTeX's, amsmath's and amssymb's.
KNOWN = set(
    re.findall(
        r"\w+",
        """
    Delta Gamma Lambda Omega Phi Psi Sigma Theta Vert allowdisplaybreaks alpha bar begin beta boldsymbol
    cdot chi circ cos cosh delta det displaystyle documentclass dots else end epsilon eta exp fi fit
    footnotesize frac gamma ifdim ifx let letterbb linewidth medskip mkern newcommand pmatrix raggedright
    renewcommand resizebox width
    ge hat ifPDFTeX kappa lVert lambda langle le left log mathbb mathbf mathit mathrm max min mu nabla ne
    noindent nu omega operatorname oslash otimes par partial phi pi pm psi quad rVert rangle rho right
    section sigma sin sinh sqrt subsection sum surd tan tanh tau text textasciicircum textasciitilde
    textbackslash textbar textgreater textless textquotedbl tfrac theta tilde times to top usepackage
    varepsilon xi zeta
    """,
    )
)


def balanced(latex):
    """Whether braces, \\left and \\right, and environments are closed in order."""
    open_now = []
    pairs = {"}": "{", "right": "left"}
    for token in re.findall(
        r"\\(?:left|right)(?![a-zA-Z])|\\begin\{\w+\*?\}|\\end\{\w+\*?\}|\\.|[{}]", latex
    ):
        if token in ("{", "\\left"):
            open_now.append(token.strip("\\"))
        elif token in ("}", "\\right"):
            if not open_now or open_now.pop() != pairs[token.strip("\\")]:
                return False
        elif token.startswith("\\begin"):
            open_now.append(token[7:-1])
        elif token.startswith("\\end") and (not open_now or open_now.pop() != token[5:-1]):
            return False
    return not open_now


@pytest.fixture(scope="module")
def derivations(net, rows, nine_numbers, deep):
    cases = [(net, "W1", "steps"), (rows, ("W1", "b1"), "steps"), (deep, "layers/0/0", "steps")]
    found = [cr.derive(f, wrt, at, level=level) for (f, at), wrt, level in cases]
    f, at = nine_numbers
    return [*found, cr.derive(f, ("w1", "b2"), at, level="scalar")]


def test_what_signs_mean_is_said_in_latex_that_every_engine_has():
    for sentence, _ in SENTENCES:
        pieces = list(as_latex(f"{sentence} x ≠ y"))
        assert "".join(piece for piece, _ in pieces).isascii(), sentence
        assert (r"$\ne$", True) in pieces


def test_every_sign_of_a_formula_in_running_text_is_latex():
    """A rule says what is multiplied by: ⅙ (I ⊗ Xᵀ) of six rows."""
    signs = [*(sign.text for sign in SIGNS.values()), *VULGAR.values(), *CONSTANTS, *INDICES]
    for sign in signs:
        assert "".join(piece for piece, _ in as_latex(sign)).isascii(), sign


def test_latex_is_well_formed(derivations):
    for derivation in derivations:
        latex = derivation.latex()
        assert balanced(latex)
        assert set(re.findall(r"\\([a-zA-Z]+)", latex)) <= KNOWN
        assert latex.isascii()
        assert latex.count("\\begin{equation}") == len(derivation.steps)
        for formula in re.findall(r"\\begin\{equation\}\n  \\fit(.*?)\n\\end", latex, flags=re.DOTALL):
            assert not re.search(r"\^\{[^{}]*\}\^", formula)  # two superscripts in a row


def test_latex_of_rows_that_are_counted_from_the_turn_before():
    """Turn k of a loop takes row k − 1."""

    def f(W, X, y):
        h, loss = np.zeros(2), 0.0
        for t in range(4):
            h = np.tanh(W @ h + X[t])
            e = h - y[t]
            loss = loss + np.sum(e**2)
        return loss

    rng = np.random.default_rng(0)
    derivation = cr.derive(f, "W", tuple(rng.normal(size=(rows, 2)) for rows in (2, 4, 4)))
    assert "[k−1]" in derivation.text()
    assert "[k-1" in derivation.latex()
    assert derivation.latex().isascii()


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex", "xelatex", "tectonic"])
def test_latex_compiles_where_an_engine_is_installed(engine, derivations, tmp_path):
    command = shutil.which(engine)
    if command is None:
        assert balanced(derivations[0].latex())
        return
    for k, derivation in enumerate(derivations):
        file = tmp_path / f"{k}.tex"
        file.write_text(derivation.latex(), encoding="utf-8")
        options = [] if engine == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
        subprocess.run([command, *options, file.name], cwd=tmp_path, check=True, capture_output=True)
        assert file.with_suffix(".pdf").stat().st_size > 1000


def test_pages_need_no_script_and_no_network(derivations):
    for derivation in derivations:
        page = derivation.html()
        assert "<script" not in page
        assert set(re.findall(r"https?://[^\"'\s]+", page)) <= {"http://www.w3.org/1998/Math/MathML"}
        assert page.count("<li>") == len(derivation.steps)
        notebook = derivation._repr_html_()
        assert notebook[notebook.index("<h1>") : notebook.index("</article>")] in page


def test_mathml_tells_ones_from_the_number_and_functions_from_products():
    """Browsers draw neither mathvariant="bold" nor a name of several words as what it is."""
    found = cr.derive(
        lambda z: np.sum(cr.special.log_softmax(z) ** 2), "z", {"z": np.arange(6.0).reshape(3, 2)}
    )
    page = found.html()
    assert "𝟏</mn>" in page
    assert "mathvariant" not in page
    assert "<mi>log</mi>" in page
    assert "softmax</mo>" in page
    assert "<mi>l</mi>" not in page


def test_comparisons_are_indicators():
    """A definition by a comparison is no chain of equations, and truth values with a name keep it."""

    def f(W, y):
        own = cr.name(y[:, None] == np.arange(3), "own")
        kept = cr.name((W > 0) & ~(own < W) | (W == 2.0), "kept")
        return np.sum(np.where(own, W**2, 0.0)) + np.sum((W < 1) * W) + np.sum(kept * W)

    at = {"W": np.linspace(-2, 3, 12).reshape(4, 3), "y": np.array([0, 2, 1, 1])}
    found = cr.derive(f, "W", at, level="result")
    assert list(map(str, found.steps)) == [
        "own = 𝟙[y 𝟏ᵀ = 𝟏 [0, 1, 2]ᵀ]",
        "kept = 𝟙[(W > 0 and own ≥ W) or W = 2]",
        "f = Σᵢⱼ (W∘² ∘ own)ᵢⱼ + Σᵢⱼ (𝟙[W < 1] ∘ W)ᵢⱼ + Σᵢⱼ (kept ∘ W)ᵢⱼ",
        "∇_W f = kept + 𝟙[W < 1] + 2 own ∘ W",
    ]
    assert "𝟙[·] is 1 where the condition holds" in found.notation()
    assert r"\mathbb{1}\left[\mathbf{W} < 1\right]" in found.latex()
    assert "<mn>𝟙</mn>" in found.mathml()[0]


def test_mathml_names_of_several_letters_are_one_identifier():
    def f(hh, log_p, scale):
        return scale * hh @ log_p

    page = cr.derive(f, "hh", {"hh": np.ones(2), "log_p": np.ones(2), "scale": 2.0}).html()
    assert "<mi>𝐡𝐡</mi>" in page
    assert "<mi>𝐥𝐨𝐠_𝐩</mi>" in page
    assert "<mi>scale</mi>" in page


def test_mathml_is_xml(derivations):
    for derivation in derivations:
        for element in derivation.mathml():
            assert ElementTree.fromstring(element).tag.endswith("math")


def test_text_names_rules_shapes_values_and_checks(net):
    f, at = net
    text = str(cr.derive(f, "W1", at))
    assert "∂z⁽¹⁾/∂vec[W⁽¹⁾]: 3×6, I ⊗ xᵀ: 3×6" in text
    assert "W⁽¹⁾ is W1" in text
    assert text.count("rule ") == text.count("shapes ") == text.count("value ") == text.count("check ")


def test_source_runs_with_numpy_alone(net, tmp_path):
    f, at = net
    source = cr.derive(f, ("W1", "b2"), at).python()
    assert re.findall(r"^import .*|^from .*", source, flags=re.MULTILINE) == ["import numpy as np"]
    assert 'z1 = cr.name(W1 @ x + b1, "z1")' in source  # the user's line, as a comment
    np.savez(tmp_path / "at.npz", **at)
    script = tmp_path / "gradient.py"
    script.write_text(
        f"import sys\nsys.modules['chainrule'] = None\n{source}\n"
        "at = dict(np.load('at.npz'))\nW1, b2 = gradient_of_J(**at)\nnp.savez('found.npz', W1=W1, b2=b2)\n"
    )
    subprocess.run([sys.executable, script.name], cwd=tmp_path, check=True)
    found, expected = np.load(tmp_path / "found.npz"), cr.grad(f, ("W1", "b2"))(**at)
    np.testing.assert_allclose(found["W1"], expected[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found["b2"], expected[1], rtol=1e-12, atol=1e-14)


def test_parentheses_stretch_around_what_is_tall_alone():
    def f(x, s, y):
        return y * (x / s + np.exp(x))

    line = cr.derive(f, "x", {"x": 0.3, "s": 2.0, "y": 1.5}, level="result").mathml()[-1]
    assert re.search(r'stretchy="false"[^>]*>\(</mo><mi>x</mi><mo[^>]*stretchy="false"', line)
    assert '</mfrac><mo stretchy="true" fence="true" form="postfix">)' in line


@pytest.mark.parametrize("width", [60, 80, 100])
def test_text_keeps_to_its_width_and_breaks_no_word(derivations, width):
    for derivation in derivations:
        words = derivation.text(10**6).split()
        lines = derivation.text(width).splitlines()
        assert max(map(len, lines)) <= max(width, *map(len, words))
        # A title's underline is as wide as its lines, and a broken line of the user's goes on behind a "#".
        assert [word for word in " ".join(lines).split() if word.strip("=#-")] == [
            word for word in words if word.strip("=#-")
        ]
    assert derivations[0].text() == str(derivations[0]) == derivations[0].text(100)


def test_a_formula_goes_on_before_the_sign_outside_of_most_brackets():
    formula = "∇_x f = (a + b − c) (w[1] x + w[2] y) + (d + e) Σₖ₌₁³ (x[k] + y[k]) + constant[0]"
    assert fill_formula(formula, 60, "(1)   ", "          ").splitlines() == [
        "(1)   ∇_x f = (a + b − c) (w[1] x + w[2] y)",
        "          + (d + e) Σₖ₌₁³ (x[k] + y[k]) + constant[0]",
    ]


def test_wide_letters_take_two_columns_and_accents_none():
    assert [columns(text) for text in ("∇_W J", "値", "x\u0302", "ŷ")] == [5, 2, 1, 1]
    assert fill_words("値 " * 30, 40, "# ").splitlines()[0] == "# " + " ".join(["値"] * 13)
    assert max(map(columns, fill_formula(" + ".join(["値値"] * 30), 50, "", "  ").splitlines())) <= 50

    def loss(値, x):
        return np.sum(値 * x)

    title, line, *_ = cr.derive(loss, "値", shapes={"値": (2,), "x": (2,)}).text().splitlines()
    assert len(line) == columns(title) == len(title) + 2


def test_functions_are_upright_words_close_to_what_they_are_applied_to():
    def picked(A, x_1):
        return np.max(A[0].reshape(2, 2), axis=0) @ np.linalg.eigh(np.outer(x_1, x_1))[0]

    found = " ".join(
        cr.derive(picked, "A", {"A": np.eye(4), "x_1": np.array([1.0, 2.0])}, level="result").mathml()
    )
    assert '<mo lspace="0" rspace="0">put[0]</mo>' in found
    assert ">reshape[2×2]</mo>" in found
    assert '<mo lspace="0" rspace="0">max</mo>' in found
    assert '<mo lspace=".17em" rspace="0">diag</mo>' in found
    assert "<mo></mo>" not in found
