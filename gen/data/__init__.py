"""Data sets with fixed splits, and the encoders that turn features into input bits."""

from gen.data.encode import Encoder, EncoderError, encoder_from_dict, fit_encoder
from gen.data.folds import stratified_folds
from gen.data.sets import DataError, DataSet, known_sets, load_set

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
