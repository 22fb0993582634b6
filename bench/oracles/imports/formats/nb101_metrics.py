"""The protobuf message in every record of NAS-Bench-101: what one training run measured.

The message is described here in code, after `nasbench/lib/model_metrics.proto` of google-research/nasbench, and decoded
by the package `protobuf`. All fields of the original are optional; here an absent one reads as NaN or as -1, which no
run has, instead of 0, which could pass for a result.
"""

from __future__ import annotations

from functools import cache
from typing import Any

MODEL_METRICS = {
    "evaluation_data": (1, "EvaluationData"),
    "trainable_parameters": (2, "int32"),
    "total_time": (3, "double"),
}
EVALUATION_DATA = {
    "current_epoch": (1, "double"),
    "training_time": (2, "double"),
    "train_accuracy": (3, "double"),
    "validation_accuracy": (4, "double"),
    "test_accuracy": (5, "double"),
    "checkpoint_path": (6, "string"),
}
_ABSENT = {"double": "nan", "int32": "-1", "string": ""}


@cache
def model_metrics() -> Any:
    """The message class `ModelMetrics`; its `FromString` raises `google.protobuf.message.DecodeError`."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="nasrank/nb101_metrics.proto", package="nasrank", syntax="proto2")
    for message, fields in (("ModelMetrics", MODEL_METRICS), ("EvaluationData", EVALUATION_DATA)):
        described = file.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            field = described.field.add(name=name, number=number)
            if kind in _ABSENT:
                field.type = getattr(field, f"TYPE_{kind.upper()}")
                field.label = field.LABEL_OPTIONAL
                field.default_value = _ABSENT[kind]
            else:
                field.type, field.type_name = field.TYPE_MESSAGE, f".nasrank.{kind}"
                field.label = field.LABEL_REPEATED
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("nasrank.ModelMetrics"))
