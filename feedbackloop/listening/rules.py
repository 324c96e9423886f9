"""What two counts say about each other. Values in, decision out."""

from __future__ import annotations

from math import exp, lgamma, log

TOO_FEW = 5
_CHANCE = 0.05
_NOTHING = 1e-12


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
    """The chance of at least `heads` heads in `tosses` tosses of a fair coin; `heads` is more than half of them."""
    log_ways = lgamma(tosses + 1) - lgamma(heads + 1) - lgamma(tosses - heads + 1)
    term = exp(log_ways - tosses * log(2))
    total = 0.0
    for k in range(heads, tosses + 1):
        total += term
        term *= (tosses - k) / (k + 1)
        if term < total * _NOTHING:
            break
    return total
