"""Calls whose result lives in one process only, and what to do instead. Pure.

Only what certainly cannot be handed over: what a library can write by itself, or pickle can, is not here.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlops.notebook.mutation import UNSTORABLE_CALLS

_ROWS = "hand over the table that it is made from, and make it in the step that uses it"
_OPEN = "open it in the step that uses it, or in a cell tagged `setup`"

#: Full dotted name of a call -> what to do.
CALLS: Mapping[str, str] = {
    "xgboost.QuantileDMatrix": _ROWS,
    "xgboost.ExtMemQuantileDMatrix": _ROWS,
    **{
        f"tensorflow.data.{name}": _ROWS
        for name in (
            *("Dataset.from_tensor_slices", "Dataset.from_tensors", "Dataset.from_generator", "Dataset.range"),
            *("Dataset.list_files", "Dataset.zip", "TFRecordDataset", "TextLineDataset", "FixedLengthRecordDataset"),
        )
    },
    "tensorflow.keras.utils.image_dataset_from_directory": _ROWS,
    "tensorflow.keras.utils.text_dataset_from_directory": _ROWS,
    "tensorflow.keras.utils.timeseries_dataset_from_array": _ROWS,
    "keras.utils.image_dataset_from_directory": _ROWS,
    "keras.utils.text_dataset_from_directory": _ROWS,
    "keras.utils.timeseries_dataset_from_array": _ROWS,
    "tensorflow.summary.create_file_writer": _OPEN,
    "torch.utils.tensorboard.SummaryWriter": _OPEN,
    "tensorboardX.SummaryWriter": _OPEN,
    "pyspark.SparkContext": _OPEN,
    "pyspark.sql.SparkSession": _OPEN,
    "sqlalchemy.create_engine": _OPEN,
    "pymongo.MongoClient": _OPEN,
    "redis.Redis": _OPEN,
    "boto3.client": _OPEN,
    "boto3.resource": _OPEN,
    "zipfile.ZipFile": _OPEN,
    "tarfile.open": _OPEN,
}


def is_bound_to_process(call: str) -> bool:
    """Whether what the call gives lives in one process only: a lock, a connection, an open file."""
    return call in UNSTORABLE_CALLS or call in CALLS
