package io.logitstream.model.huggingface;

/** A type of values by its name in a safetensors file, with its number in libtorch (c10::ScalarType). */
enum ValueType {
    F64(7, 8),
    F32(6, 4),
    F16(5, 2),
    BF16(15, 2),
    I64(4, 8),
    I32(3, 4);

    private final long number;
    private final long bytes;

    ValueType(long number, long bytes) {
        this.number = number;
        this.bytes = bytes;
    }

    /** Number of the type in libtorch. */
    long number() {
        return number;
    }

    /** Size of a value. */
    long bytes() {
        return bytes;
    }
}
