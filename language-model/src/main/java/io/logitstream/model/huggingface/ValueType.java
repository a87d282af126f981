package io.logitstream.model.huggingface;

import ai.djl.ndarray.types.DataType;

/** A type of values by its name in a safetensors file, with its number in libtorch (c10::ScalarType). */
enum ValueType {
    F64(7, DataType.FLOAT64),
    F32(6, DataType.FLOAT32),
    F16(5, DataType.FLOAT16),
    BF16(15, DataType.BFLOAT16),
    I64(4, DataType.INT64),
    I32(3, DataType.INT32);

    private final long number;
    private final DataType dataType;

    ValueType(long number, DataType dataType) {
        this.number = number;
        this.dataType = dataType;
    }

    /** Number of the type in libtorch. */
    long number() {
        return number;
    }

    /** The type in DJL. */
    DataType dataType() {
        return dataType;
    }

    /** Size of a value. */
    long bytes() {
        return dataType.getNumOfBytes();
    }
}
