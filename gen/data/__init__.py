"""Data sets with fixed splits, and the encoders that turn features into input bits."""

from gen.data.dataset import DataSet
from gen.data.encode import Encoder, EncoderError, encoder_from_dict
from gen.data.errors import DataError
from gen.data.folds import stratified_folds
from gen.data.sets import known_sets, load_set
from gen.data.thresholds import fit_encoder

__all__ = [
    "DataError",
    "DataSet",
    "Encoder",
    "EncoderError",
    "encoder_from_dict",
    "fit_encoder",
    "known_sets",
    "load_set",
    "stratified_folds",
]
