package io.logitstream.model.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsTest {
    private final NDManager scope = Torch.newScope("cpu");

    @TempDir
    private Path folder;

    @AfterEach
    void closeScope() {
        scope.close();
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        tensors.put("matrix", scope.create(new float[] {1.5f, -2, Float.MIN_VALUE, 3e38f, -0f, 7}, new Shape(2, 3)));
        tensors.put("scalar", scope.create(42f));
        tensors.put("empty", scope.create(new Shape(0, 4)));
        tensors.put("long", scope.create(new long[] {Long.MIN_VALUE, 1, Long.MAX_VALUE}));
        tensors.put("int", scope.create(new int[] {-7, 9}, new Shape(1, 2)));
        Path file = folder.resolve("all.safetensors");

        SafeTensorsWriter.write(file, tensors, null);

        try (SafeTensors opened = SafeTensors.open(file)) {
            assertThat(opened.names()).containsExactlyElementsOf(tensors.keySet());
            tensors.forEach((name, tensor) -> {
                assertThat(opened.shape(name)).isEqualTo(tensor.getShape());
                assertThat(opened.read(scope, name, tensor.getDataType()).toByteBuffer())
                        .isEqualTo(tensor.toByteBuffer());
            });
        }
    }

    @Test
    void halfPrecisionIsRoundedOnceAndWidenedExactly() throws IOException {
        float[] exact = {0, -0f, 1, -2.5f, 0.0078125f, 256, Float.POSITIVE_INFINITY};
        Map<String, NDArray> tensors = Map.of("values", scope.create(exact));

        for (DataType type : new DataType[] {DataType.BFLOAT16, DataType.FLOAT16}) {
            Path file = folder.resolve(type + ".safetensors");
            SafeTensorsWriter.write(file, tensors, type);

            try (SafeTensors opened = SafeTensors.open(file)) {
                assertThat(opened.read(scope, "values", DataType.FLOAT32).toFloatArray())
                        .as(type.name())
                        .isEqualTo(exact);
            }
        }
    }

    @Test
    void aTensorThatIsReadNoLongerNeedsTheFile() throws IOException {
        Path file = folder.resolve("overwritten.safetensors");
        SafeTensorsWriter.write(file, Map.of("values", scope.ones(new Shape(1000))), null);
        NDArray values;
        try (SafeTensors opened = SafeTensors.open(file)) {
            values = opened.read(scope, "values", DataType.FLOAT32);
        }

        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.write(new byte[(int) raw.length()]);
        }

        assertThat(values.sum().getFloat()).isEqualTo(1000);
    }

    /** Large tensors are copied in pieces. */
    @Test
    void aTensorLargerThanAPieceIsWrittenWhole() throws IOException {
        NDArray counted = scope.arange(0, (1 << 24) + 2, 1, DataType.INT32).reshape(3, -1);
        Path file = folder.resolve("large.safetensors");

        SafeTensorsWriter.write(file, Map.of("counted", counted), null);

        try (SafeTensors opened = SafeTensors.open(file)) {
            assertThat(opened.type("counted")).isEqualTo(DataType.INT32);
            assertThat(opened.read(scope, "counted", DataType.INT32).contentEquals(counted))
                    .isTrue();
        }
    }

    @Test
    void aTypeThatCannotBeStoredIsRefused() {
        Map<String, NDArray> tensors = Map.of("flags", scope.create(new boolean[] {true}));

        assertThatThrownBy(() -> SafeTensorsWriter.write(folder.resolve("flags.safetensors"), tensors, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("flags");
    }

    @Test
    void missingAndMisshapenTensorsAreNamedWithTheirFile() throws IOException {
        Path file = folder.resolve("one.safetensors");
        SafeTensorsWriter.write(file, Map.of("there", scope.ones(new Shape(2, 3))), null);

        try (SafeTensors opened = SafeTensors.open(file)) {
            assertThatThrownBy(() -> opened.read(scope, "absent", DataType.FLOAT32))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(file.toString(), "tensor absent is missing");
            assertThatThrownBy(() -> opened.requireShape("there", new Shape(3, 2)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(file.toString(), "tensor there", "(2, 3)", "(3, 2)");
        }
    }

    @Test
    void everyBfloat16IsTheUpperHalfOfItsFloat32() throws IOException {
        ByteBuffer halves = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits <= 0xffff; bits++) {
            halves.putShort((short) bits);
        }
        Path file = raw("BF16", new long[] {1 << 16}, halves.array(), 0);

        try (SafeTensors opened = SafeTensors.open(file)) {
            float[] values = opened.read(scope, "values", DataType.FLOAT32).toFloatArray();
            for (int bits = 0; bits <= 0xffff; bits++) {
                assertThat(Float.floatToRawIntBits(values[bits]) >>> 16).isEqualTo(bits);
            }
        }
    }

    @Test
    void valuesMayLieAtAnyByteOfTheFile() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1.5f)
                .putFloat(-2)
                .putFloat(3);

        for (int shift = 0; shift < 4; shift++) {
            Path file = raw("F32", new long[] {3}, bytes.array(), shift);
            try (SafeTensors opened = SafeTensors.open(file)) {
                assertThat(opened.read(scope, "values", DataType.FLOAT32).toFloatArray())
                        .containsExactly(1.5f, -2, 3);
            }
        }
    }

    @Test
    void aFileThatWasReplacedIsRefused() throws IOException {
        Path file = folder.resolve("replaced.safetensors");
        Path newer = folder.resolve("newer.safetensors");
        SafeTensorsWriter.write(file, Map.of("values", scope.ones(new Shape(3))), null);
        SafeTensorsWriter.write(newer, Map.of("values", scope.zeros(new Shape(3))), null);

        try (SafeTensors opened = SafeTensors.open(file)) {
            Files.move(newer, file, StandardCopyOption.REPLACE_EXISTING);

            assertThatThrownBy(() -> opened.read(scope, "values", DataType.FLOAT32))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(file.toString(), "replaced");
        }
    }

    private Path raw(String type, long[] shape, byte[] values, int padding) throws IOException {
        byte[] header = ("{\"values\":{\"dtype\":\"" + type + "\",\"shape\":" + Arrays.toString(shape)
                        + ",\"data_offsets\":[0," + values.length + "]}}" + " ".repeat(padding))
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + values.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(values);
        return Files.write(folder.resolve("raw-" + padding + ".safetensors"), bytes.array());
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        Path file = folder.resolve("nowhere.safetensors");

        assertThatThrownBy(() -> SafeTensors.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(file.toString());
    }
}
