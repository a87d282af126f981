package io.logitstream.model.huggingface;

import ai.djl.ndarray.types.DataType;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.Printable;
import java.util.Arrays;
import java.util.function.Function;

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

    /**
     * The type of a name.
     *
     * @param refused makes the exception for a name that stands for none
     */
    static ValueType named(String name, Function<String, ModelException> refused) {
        return Arrays.stream(values())
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow(() -> refused.apply(" has type " + Printable.of(name) + "; supported are "
                        + Arrays.stream(values()).map(ValueType::name).sorted().toList()));
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
