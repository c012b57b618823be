"""Every covered NumPy call: traced, it returns what NumPy does; its Jacobian is that of differences."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(7)
V = RNG.uniform(0.5, 2.0, 4)
M = RNG.uniform(0.5, 2.0, (3, 4))
N = RNG.uniform(0.5, 2.0, (3, 4))
S = RNG.uniform(0.5, 2.0, (3, 3))
T = RNG.uniform(0.5, 2.0, (2, 3, 4))
C = np.array(1.3)
E = np.empty((0, 3))

CALLS: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "operators": (lambda a, b: (a + b) * a - b / a + 2 - 3 * a + 1 / b, (M, N)),
    "broadcasting": (lambda a, b: a * b + a, (V, M)),
    "outer broadcasting": (lambda a, b: a[:, None] * b[None, :], (V, M[0])),
    "power of a number": (lambda a: a**2 + a**3 + a**0.5 + a**-1 + a**1 + a**0, (M,)),
    "power": (lambda a, b: a**b + np.power(2.0, b) + 3**a, (M, N)),
    "float_power": (lambda a: np.float_power(a, 3), (M,)),
    "remainder": (lambda a, b: a % b + np.fmod(a, b) + a // b, (M, N)),
    "negative": (lambda a: -a + (+a) + abs(-a), (M,)),
    "matmul": (lambda a, b: a @ b, (M, V)),
    "matmul vector matrix": (lambda a, b: a @ b, (V, M.T)),
    "matmul vectors": (lambda a, b: a @ b, (V, M[0])),
    "matmul batch": (lambda a, b: a @ b, (T, M.T)),
    "matmul batch vector": (lambda a, b: np.matmul(a, b), (T, V)),
    "matmul both batch": (lambda a, b: a @ np.swapaxes(b, -1, -2), (T, T[:1])),
    "matmul plain left": (lambda a: M @ a, (V,)),
    "dot": (lambda a, b: np.dot(a, b) + a.dot(b), (M, V)),
    "dot matrices": (np.dot, (M, M.T)),
    "dot batch": (np.dot, (T, M.T)),
    "dot numbers": (np.dot, (C, V)),
    "vdot": (np.vdot, (M, N)),
    "inner": (np.inner, (M, T)),
    "outer": (np.outer, (M, V)),
    "tensordot": (lambda a, b: np.tensordot(a, b, axes=([1, 2], [0, 1])), (T, M)),
    "tensordot 1": (lambda a, b: np.tensordot(a, b, 1), (M, M.T)),
    "tensordot 0": (lambda a, b: np.tensordot(a, b, 0), (V, M)),
    "kron": (np.kron, (M, S)),
    "kron vector": (np.kron, (V, S)),
    "trace": (lambda a: np.trace(a) + np.trace(a, 1) + np.trace(a, -1), (S,)),
    "trace batch": (lambda a: np.trace(a, axis1=0, axis2=2), (T,)),
    "einsum": (lambda a, b: np.einsum("ij,jk->ik", a, b), (M, M.T)),
    "einsum implicit": (lambda a, b: np.einsum("ij,jk", a, b), (M, M.T)),
    "einsum ellipsis": (lambda a, b: np.einsum("...ij,...j->...i", a, b), (T, T[:, 0])),
    "einsum ellipsis broadcast": (lambda a, b: np.einsum("...ij,...jk", a, b), (T, M.T)),
    "einsum diagonal": (lambda a: np.einsum("ii->i", a), (S,)),
    "einsum trace": (lambda a: np.einsum("ii", a), (S,)),
    "einsum sum": (lambda a: np.einsum("ijk->j", a), (T,)),
    "einsum transpose": (lambda a: np.einsum("ijk->kji", a), (T,)),
    "einsum of an einsum": (lambda a: np.einsum("ij->ji", np.einsum("aij,bij->ab", a, np.sin(a))), (T,)),
    "einsum of a product": (lambda a, b: np.einsum("ab->ba", a @ b), (M, M.T)),
    "einsum three": (lambda a, b, c: np.einsum("ij,jk,k->i", a, b, c), (M, M.T, S[0])),
    "einsum four": (lambda a, b, c, d: np.einsum("i,ij,jk,k->", a, b, c, d), (S[0], M, M.T, S[1])),
    "einsum square": (lambda a: np.einsum("i,j,ij", a, a, S), (S[0],)),
    "einsum capital letters": (lambda a, b: np.einsum("ZY,YX->ZX", a, b), (M, M.T)),
    "einsum one against many": (lambda a, b: np.einsum("ij,ij->i", a, b), (M[:, :1], M)),
    "einsum outer of sums": (lambda a, b: np.einsum("ij,kl->ik", a, b), (M, S)),
    "multi_dot": (lambda a, b, c: np.linalg.multi_dot([a, b, c]), (M, M.T, S)),
    "sum": (lambda a: np.sum(a) + a.sum(axis=0).sum() + np.sum(a, axis=(0, 2)).sum(), (T,)),
    "sum keepdims": (lambda a: np.sum(a, axis=1, keepdims=True), (T,)),
    "sum negative axis": (lambda a: np.sum(a, axis=-1), (T,)),
    "sum of empty": (lambda a: np.sum(a, axis=0), (E,)),
    "sum of nothing": (lambda a: np.sum(a, axis=()), (M,)),
    "mean": (lambda a: np.mean(a, axis=1) + a.mean(), (M,)),
    "average": (lambda a, w: np.average(a, axis=1, weights=w) + np.average(a), (M, V)),
    "var": (lambda a: np.var(a) + np.var(a, axis=0, ddof=1) + a.var(axis=0), (M,)),
    "std": (lambda a: np.std(a) + np.std(a, axis=0, ddof=1) + a.std(axis=0, keepdims=True), (M,)),
    "prod": (lambda a: np.prod(a) + a.prod(axis=1).sum(), (M,)),
    "prod axes": (lambda a: np.prod(a, axis=(0, 2)), (T,)),
    "max": (lambda a: np.max(a) + a.max(axis=0) + np.amax(a, axis=0), (M,)),
    "min": (lambda a: np.min(a) + a.min(axis=0) + np.amin(a, axis=0, keepdims=True), (M,)),
    "ptp": (lambda a: np.ptp(a, axis=0), (M,)),
    "argmax as index": (lambda a: a[np.arange(3), np.argmax(a, axis=1)], (M,)),
    "cumsum": (lambda a: np.cumsum(a, axis=0) + a.cumsum(axis=1), (M,)),
    "cumsum flat": (np.cumsum, (M,)),
    "cumsum of a number": (lambda a: np.cumsum(np.sum(a), axis=-1) + np.cumprod(np.sum(a), axis=0), (M,)),
    "cumprod": (lambda a: np.cumprod(a, axis=1) + np.cumprod(a, axis=0), (M,)),
    "diff": (lambda a: np.diff(a) + np.diff(a, n=1, axis=-1), (M,)),
    "diff twice": (lambda a: np.diff(a, n=2, axis=0), (M,)),
    "logaddexp": (np.logaddexp, (M, N)),
    "maximum": (lambda a, b: np.maximum(a, b) + np.minimum(a, 1.0) + np.fmax(a, b), (M, N)),
    "clip": (lambda a: np.clip(a, 0.8, 1.5) + a.clip(0.7) + np.clip(a, None, 1.1), (M,)),
    "where": (lambda a, b: np.where(a > b, a * b, a - b), (M, N)),
    "where numbers": (lambda a: np.where(a > 1, a, 0), (M,)),
    "comparisons": (lambda a: a * (a > 1) + a * np.logical_not(a > 1) * 2 + a * ((a > 1) & (a < 1.5)), (M,)),
    "heaviside": (lambda a: np.heaviside(a - 1, 0.5) * a, (M,)),
    "sign": (lambda a: np.sign(a - 1) * a + np.copysign(a, a - 1), (M,)),
    "hypot": (lambda a, b: np.hypot(a, b) + np.arctan2(a, b), (M, N)),
    "rounding": (lambda a: a + np.floor(a) + np.ceil(a) + np.round(a) + np.rint(a) + np.trunc(a), (M,)),
    "round decimals": (lambda a: a + np.round(a, 1), (np.array([0.52, 1.13, -0.97]),)),
    "nan_to_num": (lambda a: np.nan_to_num(a), (M,)),
    "sinc": (np.sinc, (M,)),
    "degrees": (lambda a: np.degrees(a) + np.rad2deg(a) + np.radians(a), (M,)),
    "reshape": (lambda a: a.reshape(4, 3) * np.reshape(a, (4, -1)), (M,)),
    "reshape method": (lambda a: a.reshape((2, 6)).reshape(-1), (M,)),
    "reshape F": (lambda a: np.reshape(a, (2, 6), order="F"), (M,)),
    "ravel": (lambda a: a.ravel() + a.flatten() + np.ravel(a), (M,)),
    "ravel F": (lambda a: np.ravel(a, order="F"), (T,)),
    "ravel empty": (np.ravel, (E,)),
    "transpose": (lambda a: a.T + np.transpose(a, (2, 1, 0)) + a.transpose(2, 1, 0), (T,)),
    "transpose by tuple": (lambda a: a.transpose((1, 0, 2)), (T,)),
    "swapaxes": (lambda a: np.swapaxes(a, 0, -1) + a.swapaxes(2, 0), (T,)),
    "moveaxis": (lambda a: np.moveaxis(a, 0, -1), (T,)),
    "moveaxis several": (lambda a: np.moveaxis(a, (0, 2), (1, 0)), (T,)),
    "expand_dims": (lambda a: np.expand_dims(a, (0, -1)), (M,)),
    "squeeze": (lambda a: np.squeeze(a[None, :, :, None]) + np.squeeze(a[:, :, None], axis=-1), (M,)),
    "atleast": (lambda a: np.atleast_1d(a) + np.atleast_2d(a), (C,)),
    "broadcast_to": (lambda a: np.broadcast_to(a, (2, 3, 4)), (M,)),
    "broadcast_arrays": (lambda a, b: np.broadcast_arrays(a, b)[0] * 2, (V, M)),
    "concatenate": (lambda a, b: np.concatenate([a, b, np.ones((1, 4))]), (M, M[:2])),
    "concatenate axis": (lambda a, b: np.concatenate((a, b), axis=1), (M, S)),
    "concatenate flat": (lambda a, b: np.concatenate([a, b], axis=None), (M, V)),
    "stack": (lambda a, b: np.stack([a, b], axis=1) + np.stack([b, a], axis=-1), (V, M[0])),
    "stack of numbers": (lambda a: np.stack([2 * a[0] + a[1], np.pi * a[1], -a[0] / a[1]]), (V,)),
    "vstack": (lambda a, b: np.vstack([a, b]), (M, V)),
    "hstack": (lambda a, b: np.hstack([a, b]), (M, S)),
    "hstack vectors": (lambda a, b: np.hstack([a, b]), (V, V)),
    "column_stack": (lambda a, b: np.column_stack([a, b]), (S[0], M)),
    "append": (lambda a, b: np.append(a, b), (M, V)),
    "list with a value": (lambda a: np.concatenate([a, [np.sum(a), 2.0]]) + np.append(a, [a[0], 1]), (V,)),
    "list in a product": (lambda a: a * [[a[0, 0], 1, 2, a[1, 1]]] - [1, 2, 3, 4], (M,)),
    "rows as lists": (lambda a: np.stack([a, [a[0], a[1] * a[2], 1.0, 2.0]]) @ [a[0], 1, 2, a[3]], (V,)),
    "split": (lambda a: np.split(a, 2, axis=1)[1] * 2 + np.split(a, [1, 3], axis=1)[1], (M,)),
    "array_split": (lambda a: np.array_split(a, 3)[0], (V,)),
    "tile": (lambda a: np.tile(a, (2, 3)), (M,)),
    "tile more axes": (lambda a: np.tile(a, (2, 1, 1)) + np.tile(a, 1), (M,)),
    "repeat": (lambda a: np.repeat(a, 2), (M,)),
    "repeat axis": (lambda a: np.repeat(a, [1, 0, 2], axis=0), (M,)),
    "pad": (lambda a: np.pad(a, ((1, 0), (2, 1))) + np.pad(a, ((1, 0), (2, 1)), constant_values=3.0), (M,)),
    "pad with several constants": (lambda a: np.pad(a, 1, constant_values=((1, 2), (3, 4))), (M,)),
    "pad with a value": (lambda a: np.pad(a[0], (1, 2), constant_values=a[0, 1] ** 2), (M,)),
    "pad some axes": (lambda a: np.pad(a, {-1: (1, 2)}), (M,)),
    "pad maximum and minimum": (
        lambda a: np.pad(a, ((1, 0), (2, 3)), mode="maximum") * np.pad(a, ((1, 0), (2, 3)), mode="minimum"),
        (M,),
    ),
    "pad mean and median": (lambda a: np.pad(a, 2, mode="mean") * np.pad(a, 2, mode="median"), (M,)),
    "pad part of the statistics": (
        lambda a: np.pad(a, 1, mode="mean", stat_length=((2, 1), (3, 9))),
        (M,),
    ),
    "pad a ramp": (
        lambda a: np.pad(a, ((2, 0), (1, 3)), mode="linear_ramp", end_values=((1, 2), (-1, 0))),
        (M,),
    ),
    "pad edge": (lambda a: np.pad(a, 1, mode="edge") + np.pad(a, 1, mode="reflect"), (M,)),
    "flip": (lambda a: np.flip(a) + np.flip(a, 0) + np.flipud(a) + np.fliplr(a), (M,)),
    "roll": (lambda a: np.roll(a, 1) + np.roll(a, -2, axis=1) + np.roll(a, (1, 2), axis=(0, 1)), (M,)),
    "diag": (lambda a: np.diag(a) + np.diag(a[1:], 1) + np.diag(a[:-1], -1), (V,)),
    "diagonal": (lambda a: np.diag(a) + np.diagonal(a) + a.diagonal(), (S,)),
    "diagonal offset": (lambda a: np.diagonal(a, offset=1, axis1=0, axis2=2), (T,)),
    "diagonal outside": (lambda a: np.diagonal(a, offset=9), (S,)),
    "tril": (lambda a: np.tril(a) + np.triu(a, 1) + np.tril(a, -1), (S,)),
    "tril batch": (lambda a: np.tril(a), (T,)),
    "tril of a vector": (lambda a: np.tril(a) * 2 + np.triu(a, 1), (V,)),
    "basic index": (lambda a: a[0] + a[-1] + a[1, :], (M,)),
    "slices": (lambda a: a[::2, 1:3] + a[::-2, -3:-1], (M,)),
    "empty slice": (lambda a: a[3:1], (M,)),
    "newaxis": (lambda a: a[:, None, ..., None], (M,)),
    "ellipsis": (lambda a: a[..., 0] + a[0, ..., 1].sum(), (T,)),
    "index array": (lambda a: a[[0, 2, 2]] + a[np.array([0, 1, 1])], (M,)),
    "index pairs": (lambda a: a[np.arange(3), [1, 1, 0]], (M,)),
    "index middle": (lambda a: a[:, [0, 2], 1:], (T,)),
    "index apart": (lambda a: a[[0, 1], :, [0, 2]], (T,)),
    "index with integer": (lambda a: a[0, :, [1, 2]], (T,)),
    "index negative": (lambda a: a[[-1, 0]], (M,)),
    "mask": (lambda a: a[np.array([True, False, True])] * 2, (M,)),
    "mask of values": (lambda a: a[a > 1.0] * 2, (M,)),
    "mask both axes": (lambda a: a[M > 1.0], (M,)),
    "take": (lambda a: np.take(a, [0, 2], axis=1) + a.take([1, 1], axis=1), (M,)),
    "take flat": (lambda a: np.take(a, [[0, 5], [7, -1]]), (M,)),
    "take_along_axis": (lambda a: np.take_along_axis(a, np.argsort(a, axis=1), axis=1), (M,)),
    "sort": (lambda a: np.sort(a) + np.sort(a, axis=0), (M,)),
    "sort flat": (lambda a: np.sort(a, axis=None), (M,)),
    "select": (lambda a: np.select([a > 1.5, a > 1.0], [a**2, 3.0], default=a), (M,)),
    "cumulative": (lambda a: np.cumulative_sum(a, axis=1) + np.cumulative_prod(a, axis=-1), (M,)),
    "cumulative from the start": (lambda a: np.cumulative_sum(a, include_initial=True), (V,)),
    "cumulative products from 1": (lambda a: np.cumulative_prod(a, axis=1, include_initial=True), (M,)),
    "dstack": (lambda a, b: np.dstack([a, b]) + np.dstack([a[0], a[0]]), (S, S + 1)),
    "vsplit and hsplit": (
        lambda a: np.vsplit(a, 3)[1] + np.hsplit(a, [1, 2])[1] + np.hsplit(a[0], 2)[1][0],
        (M,),
    ),
    "unstack": (lambda a: np.unstack(a, axis=1)[2] + np.unstack(a[:, 0])[1], (M,)),
    "rot90": (lambda a: np.rot90(a) + np.rot90(a, -1) * 2 + np.rot90(a, 2).T * 3 + np.rot90(a, 4).T, (M,)),
    "rot90 of axes": (lambda a: np.rot90(a, axes=(2, 1)) + 2 * np.rot90(a, 3, axes=(0, -1)).sum(), (T,)),
    "median": (lambda a: np.median(a) + np.median(a, axis=0), (M,)),
    "iteration": (lambda a: sum(row.sum() * i for i, row in enumerate(a)), (M,)),
    "methods that are attributes elsewhere": (lambda a: a.trace() + a.conjugate() * a.mT, (S,)),
    "sum of a part": (lambda a: np.sum(a, axis=1, where=M > 1) + a.sum(where=N > 1, initial=a[0, 0]), (M,)),
    "product of a part": (lambda a: np.prod(a, axis=1, where=M > 1, initial=2.0), (M,)),
    "mean of a part": (lambda a: np.mean(a, axis=0, where=np.tri(3, 4, 1, bool)), (M,)),
    "greatest of a part": (
        lambda a: np.max(a, axis=1, where=N > 1, initial=0.1) + np.min(a, initial=0.8) + a.max(initial=9),
        (M,),
    ),
    "einsum of lists": (
        lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]) + np.einsum(b, [..., 1, 0], a, [0, 1]),
        (M, M.T),
    ),
    "matvec and vecmat": (lambda a, b: np.matvec(a, b).sum() * np.vecmat(b[:3], a), (M, V)),
    "choose": (lambda a: np.choose([[1], [0], [2]], [a[0], 2 * a, 3.0]), (M,)),
    "choose out of range": (
        lambda a: np.choose([4, -1, 1, 0], a, mode="wrap") * np.choose([4, -1, 1, 0], a, mode="clip"),
        (M,),
    ),
    "divmod and modf": (lambda a: divmod(a, 0.7)[1] * np.modf(-a)[0] + sum(np.divmod(3, a)), (M,)),
    "bincount": (lambda a: np.bincount([1, 0, 3, 1], weights=a, minlength=6) * 2, (V,)),
    "compress and extract": (
        lambda a: np.compress([1, 0, 1], a, axis=0).ravel() * np.extract(np.sort(M, axis=None)[3] < M, a),
        (M,),
    ),
    "intervals": (
        lambda a: a * np.searchsorted([0.6, 1.0, 1.3], a) + a[np.digitize(V, [1.5, 1.0]) - 1],
        (V,),
    ),
    "greatest element's place": (lambda a: a[np.unravel_index(np.argmax(a), a.shape)] * a, (M,)),
    "triangle of a matrix": (lambda a: a[np.triu_indices_from(a, 1)] * a[np.tril_indices_from(a, -1)], (S,)),
    "diagonal by places": (lambda a: a[np.diag_indices_from(a)] * np.diagflat(a[:1], 1)[0, 1], (S,)),
    "three axes": (
        lambda a: np.atleast_3d(a) * np.atleast_3d(a[0]) + np.dsplit(a[None], 2)[1][0, 0, 0],
        (M,),
    ),
    "ediff1d": (lambda a: np.ediff1d(a, to_begin=a[0, :2], to_end=9.0), (M,)),
    "logspace": (lambda a: np.logspace(a[0], a[1], 5, base=3.0) * np.logspace(a[2], 2, 5, False), (V,)),
    "geomspace": (lambda a: np.geomspace(a[0], -a[1] * -3, 4) * np.geomspace(-a[2], -5, 4, False), (V,)),
    "polynomials added": (lambda a: np.polyadd(a, a[:2] ** 2) * np.polysub([1.0], a), (V,)),
    "polynomials derived": (
        lambda a: np.concatenate([np.polyder(a), np.polyder(a, 2), np.polyder(a, 0), np.polyder(a[:1])]),
        (V,),
    ),
    "polynomials integrated": (
        lambda a: np.polyint(a) * np.polyint(a[:3], 2, k=[a[0], 2.0]) + np.polyint(a, 0).sum(),
        (V,),
    ),
    "polynomial from its zeros": (np.poly, (V,)),
    "polynomial fitted": (lambda a: np.polyfit([0.0, 1, 2, 4], a, 2), (V,)),
    "polynomial fitted with weights": (
        lambda a, b: np.polyfit([0.0, 1, 3], a, 1, w=[1, 2, 3]) * np.polyfit(np.cumsum(b), M.T, 1)[:, :1],
        (M, V),
    ),
    "polyval of several polynomials": (lambda a, b: np.polyval(a, b), (M, V)),
    "tensorsolve": (
        lambda a: np.tensordot(np.linalg.tensorsolve(a.reshape(2, 3, 6), M[:2, :3]), np.ones(6), 1),
        (RNG.normal(size=(6, 6)),),
    ),
    "tensorsolve of axes": (
        lambda a: np.linalg.tensorsolve(a.reshape(2, 6, 3), M[:2, :3], axes=(1,)),
        (RNG.normal(size=(6, 6)),),
    ),
    "tensorinv": (lambda a: np.linalg.tensorinv(a.reshape(2, 3, 6)), (RNG.normal(size=(6, 6)),)),
    "covariance with weights": (
        lambda a: np.cov(a, fweights=[1, 2, 0, 3]) + np.cov(a, aweights=V) * np.cov(a, aweights=V, bias=True),
        (M,),
    ),
    "covariance with both weights": (
        lambda a, w: np.cov(a, fweights=[1, 2, 1, 3], aweights=w, ddof=2),
        (M, V),
    ),
    "average along axes": (
        lambda a, w: np.average(a, axis=(0, 2), weights=w) + np.average(a, axis=(2, 0), weights=w.T),
        (T, T[:, 0]),
    ),
    "reduce in halves": (
        lambda a: np.logaddexp.reduce(a, axis=1) * np.hypot.reduce(a, axis=-1) + np.fmax.reduce(a, axis=None),
        (M,),
    ),
    "reduce and keep": (lambda a: np.logaddexp.reduce(a, axis=(0, 2), keepdims=True) * a, (T,)),
    "angles of real numbers": (lambda a: np.angle(a - 1) * a + np.angle(-a, deg=True), (M,)),
    "equality": (lambda a: a * np.array_equal(a, a + 0) + a * np.array_equal(a, a[:1]), (M,)),
    "rollaxis and resize": (
        lambda a: np.resize(np.rollaxis(a, 2) + np.rollaxis(a, 0, 3).transpose(1, 2, 0), (3, 11)),
        (T,),
    ),
    "copies": (lambda a: copy.deepcopy(a) * copy.copy(a).real, (M,)),
    "unpacking": (lambda a: a.shape[0] * a[0] + len(a) * a[1] + a.size + a.ndim, (V,)),
    "like": (lambda a: a * np.ones_like(a) + np.zeros_like(a) + np.full_like(a, 2.0), (M,)),
    "shape functions": (lambda a: a * np.shape(a)[0] + np.ndim(a) + np.size(a), (M,)),
    "in place add": (lambda a: _accumulate(a), (V,)),
    "reduce methods": (lambda a: np.add.reduce(a) + np.maximum.reduce(a, axis=0), (M,)),
    "reduce products": (lambda a: np.multiply.reduce(a, axis=None), (M,)),
    "accumulate greatest": (lambda a: np.maximum.accumulate(a - 1, axis=1), (M,)),
    "accumulate logaddexp": (lambda a: np.logaddexp.accumulate(a), (np.repeat(V, 2),)),
    "accumulate of a few": (lambda a: np.minimum.accumulate(a) + np.minimum.accumulate(a[:, :1], 1), (M,)),
    "block": (lambda a, b: np.block([[a, b[:, :1]], [b[:1], C]]), (M, N)),
    "block of vectors": (lambda a: np.block([a, 2.0, C]), (V,)),
    "block of one": (lambda a: np.block([[[a]]]), (M,)),
    "delete": (lambda a: np.delete(a, [0, 2], axis=1)[:, ::-1], (M,)),
    "delete of a mask and of a slice": (
        lambda a: np.delete(np.delete(a, np.arange(12) % 5 == 1), slice(1, 3)),
        (M,),
    ),
    "insert": (lambda a, b: np.insert(a, 1, b, axis=1), (M, N[:, 0])),
    "insert several": (lambda a, b: np.insert(a, [0, 2, 2], b[:3]), (M, V)),
    "insert rows": (lambda a: np.insert(a, [1], a[:2] ** 2, axis=0), (M,)),
    "insert at a slice": (lambda a: np.insert(a, slice(0, 4, 2), 3 * a[0, :2], axis=1), (M,)),
    "insert at a slice of one place": (
        lambda a: np.insert(a[:, :1], slice(0, 4, 2), 3 * a[0, :2], axis=1),
        (M,),
    ),
    "insert at both ends": (lambda a: np.insert(a, [0, 4, -1], a[:, :3] ** 2, axis=1), (M,)),
    "insert by a mask": (lambda a: np.insert(a, np.arange(4) == 2, a[1:]), (V,)),
    "insert nowhere": (lambda a: np.insert(a, [], a[:0]) * 2, (V,)),
    "sliding windows": (lambda a: np.lib.stride_tricks.sliding_window_view(a, 2), (V,)),
    "sliding windows of images": (
        lambda a, b: np.lib.stride_tricks.sliding_window_view(a, (2, 3)) @ b,
        (M, V[:3]),
    ),
    "sliding windows of an axis": (lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, axis=1), (T,)),
    "accumulate methods": (lambda a: np.add.accumulate(a) + np.multiply.accumulate(a, axis=1), (M,)),
    "ufunc outer": (lambda a, b: np.multiply.outer(a, b) + np.add.outer(a, b), (V, M)),
    "astype": (lambda a: a.astype(np.float64) * 2, (M,)),
    "special": (lambda a: cr.special.expit(a) + cr.special.erf(a) + cr.special.gammaln(a), (M,)),
    "special sums": (lambda a: cr.special.logsumexp(a, axis=1, keepdims=True) + cr.special.softmax(a), (M,)),
    "log_softmax": (lambda a: cr.special.log_softmax(a, axis=0) + cr.special.logsumexp(a), (M,)),
    "logit": (lambda a: cr.special.logit(a / 3), (M,)),
}


def _accumulate(a: Any) -> Any:
    total = 0.0
    for i in range(len(a)):
        total += a[i] ** 2
    total -= 1
    total *= a
    return total


@pytest.mark.parametrize("name", CALLS)
def test_traced_values_are_numpys(name: str) -> None:
    function, arrays = CALLS[name]
    expected = np.asarray(function(*arrays))
    result = cr.trace(function, *arrays).run(*arrays).output
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, rtol=1e-14, atol=1e-14)


def test_a_border_leaves_the_sign_of_zeros_alone() -> None:
    def bordered(x: Any) -> Any:
        return np.pad(x, 1, constant_values=2.5)

    zeros = np.array([0.0, -0.0])
    np.testing.assert_array_equal(np.signbit(cr.compile(bordered)(zeros)), [False, False, True, False])


@pytest.mark.parametrize("options", [{}, {"rtol": 0.3}, {"atol": 0.5, "equal_nan": True}], ids=str)
def test_closeness(options: dict[str, Any]) -> None:
    a = np.array([1.0, 1.0, np.nan, np.inf, np.inf, -np.inf, 1.0, 2.0])
    options = {name: np.full(8, value) if name == "rtol" else value for name, value in options.items()}
    for b in (np.array([1.0, 1.3, np.nan, np.inf, 1.0, np.inf, 1 + 1e-9, np.inf]), a, 1):
        for function in (np.isclose, np.allclose):
            result = cr.trace(lambda a, b=b, f=function: f(a, b, **options), a).run(a).output
            np.testing.assert_array_equal(result, function(a, b, **options))


def differences(function: Callable[..., Any], arrays: tuple[np.ndarray, ...], position: int) -> np.ndarray:
    """The Jacobian by central differences of two steps, extrapolated (error O(h⁴))."""
    point = arrays[position]
    columns = []
    for index in np.ndindex(point.shape):

        def quotient(h: float, index: tuple[int, ...] = index) -> np.ndarray:
            moved = []
            for sign in (1, -1):
                shifted = point.copy()
                shifted[index] += sign * h
                moved.append(np.asarray(function(*arrays[:position], shifted, *arrays[position + 1 :])))
            return (moved[0] - moved[1]).ravel() / (2 * h)

        columns.append((4 * quotient(5e-4) - quotient(1e-3)) / 3)
    rows = np.asarray(function(*arrays)).size
    return np.stack(columns, axis=1) if columns else np.zeros((rows, 0))


@pytest.mark.parametrize("function", [np.round, lambda n: np.round(n, 2), np.nan_to_num])
def test_whole_numbers_stay_whole(function: Callable[..., Any]) -> None:
    n = np.array([3, -1, 0], np.int32)
    result = cr.trace(function, n).run(n).output
    assert result.dtype == function(n).dtype
    np.testing.assert_array_equal(result, function(n))


@pytest.mark.parametrize("name", CALLS)
def test_jacobians_are_those_of_differences(name: str) -> None:
    function, arrays = CALLS[name]
    for position in range(len(arrays)):
        matrix = cr.jacobian(function, wrt=position)(*arrays).matrix()
        np.testing.assert_allclose(matrix, differences(function, arrays, position), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", CALLS)
def test_push_and_pull_are_adjoint(name: str) -> None:
    function, arrays = CALLS[name]
    rng = np.random.default_rng(3)
    J = cr.jacobian(function, wrt=tuple(range(len(arrays))))(*arrays)
    v, p = rng.normal(size=J.shape[1]), rng.normal(size=J.shape[0])
    np.testing.assert_allclose(p @ (J @ v), (p @ J) @ v, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(J @ v, J.matrix() @ v, rtol=1e-11, atol=1e-11)
