"""Run in the peers' environment: check every case and say what was found."""

from __future__ import annotations

import sys
from importlib import import_module

import chainrule as cr
from chainrule.verification import Report

from .case import Case

FRAMEWORKS = ("torch", "jax")


def main(seed: int) -> int:
    """The exit status: 1 where a report is not what it must be."""
    print(f"seed {seed}")
    wrong = 0
    for framework in FRAMEWORKS:
        cases: list[Case] = import_module(f".of_{framework}", __package__).cases(seed)
        for case in cases:
            report = cr.check(case.f, at=case.at, **case.options)
            as_expected = str(report.verdict) == case.verdict and case.says in str(report)
            wrong += not as_expected
            print(_line(framework, case, report, as_expected))
    print(f"{wrong} differ" if wrong else "all as expected")
    return 1 if wrong else 0


def _line(framework: str, case: Case, report: Report, as_expected: bool) -> str:
    cost = f"{report.evaluations:5d} evaluations {report.seconds:7.2f} s"
    line = f"{framework:6s} {case.name:32s} {report.verdict!s:10s} {cost}"
    return line if as_expected else f"{line}  expected {case.verdict} {case.says}\n{report}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
