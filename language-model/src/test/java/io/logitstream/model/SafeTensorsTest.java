package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
        assertThat(opened.read(scope, name, tensor.getDataType()).toByteBuffer()).isEqualTo(tensor.toByteBuffer());
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
        assertThat(opened.read(scope, "values", DataType.FLOAT32).toFloatArray()).as(type.name()).isEqualTo(exact);
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

  @Test
  void aTypeThatCannotBeStoredIsRefused() {
    Map<String, NDArray> tensors = Map.of("flags", scope.create(new boolean[] {true}));

    assertThatThrownBy(() -> SafeTensorsWriter.write(folder.resolve("flags.safetensors"), tensors, null))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("flags");
  }

  @Test
  void missingAndMisshapenTensorsAreNamedWithTheirFile() throws IOException {
    Path file = folder.resolve("one.safetensors");
    SafeTensorsWriter.write(file, Map.of("there", scope.ones(new Shape(2, 3))), null);

    try (SafeTensors opened = SafeTensors.open(file)) {
      assertThatThrownBy(() -> opened.read(scope, "absent", DataType.FLOAT32)).isInstanceOf(ModelException.class)
          .hasMessageContainingAll(file.toString(), "tensor absent is missing");
      assertThatThrownBy(() -> opened.requireShape("there", new Shape(3, 2))).isInstanceOf(ModelException.class)
          .hasMessageContainingAll(file.toString(), "tensor there", "(2, 3)", "(3, 2)");
    }
  }

  @Test
  void aTensorAboveTheLimitIsNamed() throws IOException {
    long bytes = 2L * Integer.MAX_VALUE;
    String header = "{\"large\":{\"dtype\":\"BF16\",\"shape\":[" + bytes / 2 + "],\"data_offsets\":[0," + bytes + "]}}";
    Path file = folder.resolve("sparse.safetensors");
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.write(new byte[] {(byte) header.length(), 0, 0, 0, 0, 0, 0, 0});
      raw.write(header.getBytes(StandardCharsets.US_ASCII));
      raw.setLength(8 + header.length() + bytes);
    }

    try (SafeTensors opened = SafeTensors.open(file)) {
      assertThatThrownBy(() -> opened.read(scope, "large", DataType.FLOAT32)).isInstanceOf(ModelException.class)
          .hasMessageContainingAll(file.toString(), "tensor large", "2 GiB");
    }
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path file = folder.resolve("nowhere.safetensors");

    assertThatThrownBy(() -> SafeTensors.open(file)).isInstanceOf(ModelException.class)
        .hasMessageContaining(file.toString());
  }
}
