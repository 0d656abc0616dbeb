"""Heart beats of the MIT-BIH Arrhythmia Database (G. B. Moody and R. G. Mark, "The impact of the
MIT-BIH Arrhythmia Database", IEEE Engineering in Medicine and Biology 20(3), 2001; PhysioNet mitdb
1.0.0, ODC-By 1.0): which class of AAMI EC57 is a beat of, of a patient not seen in training?

A row is a beat. Trained on are the 22 records of DS1, tested on the 22 of DS2, of other patients
(P. de Chazal, M. O'Dwyer, R. B. Reilly, "Automatic classification of heartbeats using ECG
morphology and heartbeat interval features", IEEE Trans. Biomed. Eng. 51(7), 2004; the four records
with paced beats are in neither). Classes are N, S (supraventricular), V (ventricular) and F
(fusion), as in W. Mommen et al., "Inter-patient ECG arrhythmia classification with LGNs and LUTNs"
(arXiv:2601.11433), to whose figures ours are compared; the 15 beats of class Q, unknown, are
neighbours of others and no rows. What the features are is in `gen.data.published.beats`.

Read is one file of arrays that PhysioNet does not have: it is made of its records once.

    signal       int16 (R, T)   lead MLII at 180 Hz (half the records' rate), the converter's units
    split        uint8 (R,)     1 = DS1, 2 = DS2
    beat_sample  int32 (B,)     where a beat is, in samples
    beat_record  uint8 (B,)     the row of `signal` that it is in
    beat_class   uint8 (B,)     0 N, 1 S, 2 V, 3 F, 4 Q
"""

import io
import zipfile

import numpy as np
from numpy.typing import NDArray

from gen.arrays import ARCHIVE_ERRORS
from gen.data.errors import DataError
from gen.data.own.columns import Column, Columns
from gen.data.published.beats import FEATURES, Beats, features_of
from gen.data.published.fetch import Source, fetch

__all__ = ["CLASSES", "COLUMNS", "RECORDS", "read_ecg"]

CLASSES = ("N", "S", "V", "F")
UNKNOWN = 4
COLUMNS = Columns(tuple(Column(name) for name in FEATURES), "beat")
RECORDS = Source(
    "mitbih",
    "mitbih_180hz.npz",
    None,
    "625de2bde04498e81d8360da3e936d58",
    "mitbih_180hz.npz, made of PhysioNet's mitdb 1.0.0 as gen/data/published/ecg.py says,",
)
KINDS = {"signal": 2, "split": 1, "beat_sample": 1, "beat_record": 1, "beat_class": 1}
"""The arrays and how many dimensions they have."""
SHORTEST = 512
"""Samples of a record: what a beat's features look at."""


def read_ecg() -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Features (n, F) of the beats of CLASSES in the order of their records and times, labels (n,),
    and which rows are of DS2, for testing. Raises DataError for a file of another kind."""
    arrays = _arrays()
    order = np.lexsort((arrays["beat_sample"], arrays["beat_record"]))
    at, of, label = (arrays[f"beat_{name}"][order] for name in ("sample", "record", "class"))
    found = features_of(Beats(arrays["signal"], of.astype(np.int64), at.astype(np.int64)))
    known = label < UNKNOWN
    tested = arrays["split"][of] == 2
    return found[known].astype(np.float64), label[known].astype(np.int64), tested[known]


def _arrays() -> dict[str, NDArray[np.int64]]:
    try:
        with np.load(io.BytesIO(fetch(RECORDS)), allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name]) for name in KINDS}
    except (*ARCHIVE_ERRORS, zipfile.BadZipFile) as error:
        raise DataError(f"{RECORDS.name}: not the arrays {', '.join(KINDS)} ({error})") from None
    _check(arrays)
    return arrays


def _check(arrays: dict[str, NDArray[np.int64]]) -> None:
    """Raise DataError where the arrays do not tell beats within records."""
    for name, dimensions in KINDS.items():
        one = arrays[name]
        if one.ndim != dimensions or one.dtype.kind not in "iu" or not one.size:
            raise DataError(
                f"{RECORDS.name}: {name} is {one.dtype} {one.shape}, expected whole numbers in"
                f" {dimensions} dimension{'s' * (dimensions > 1)}"
            )
    records, samples = arrays["signal"].shape
    most = {"beat_sample": samples, "beat_record": records, "beat_class": UNKNOWN + 1}
    for name, end in most.items():
        one = arrays[name]
        wrong = np.flatnonzero((one < 0) | (one >= end))
        if len(wrong):
            raise DataError(
                f"{RECORDS.name}: {name}[{wrong[0]}] = {one[wrong[0]]}, expected 0 to {end - 1}"
            )
    counts = {name: len(arrays[name]) for name in KINDS}
    beats = {counts[name] for name in most}
    if len(beats) > 1 or counts["split"] != records or samples < SHORTEST:
        raise DataError(
            f"{RECORDS.name}: lengths {counts} of records of {samples} samples; a split for each"
            f" record, as many of each beat_ array, and {SHORTEST} samples are needed"
        )
