"""What two counts say about each other. Values in, decision out."""

from __future__ import annotations

from math import comb, exp, lgamma, log

TOO_FEW = 5
_CHANCE = 0.05
_EXACT_UP_TO = 1000


def trend(before: int, now: int) -> str:
    """`rising`, `falling`, `steady`, or `too_few` to say anything, of counts over two stretches of the same length.

    If nothing had changed, each complaint would fall in either stretch with the same chance, as a coin does. It is
    called a change where so uneven a split, to that side, comes by chance in less than 1 of 20 cases.
    """
    if before + now < TOO_FEW:
        return "too_few"
    if now > before and _tail(before + now, now) < _CHANCE:
        return "rising"
    if before > now and _tail(before + now, before) < _CHANCE:
        return "falling"
    return "steady"


def _tail(tosses: int, heads: int) -> float:
    """The chance of at least `heads` heads in `tosses` tosses of a fair coin."""
    if tosses <= _EXACT_UP_TO:
        return float(sum(comb(tosses, k) for k in range(heads, tosses + 1)) / 2**tosses)
    # The terms fall off fast: what lies 2,000 further on adds nothing that a float can hold.
    last = min(tosses, heads + 2000)
    return sum(exp(_log_comb(tosses, k) - tosses * log(2)) for k in range(heads, last + 1))


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
