package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * One safetensors file: 8 bytes length (little endian), a JSON header, raw values. Tensors are mapped into memory
 * one at a time when read, so that opening a file costs only its header.
 */
public final class SafeTensors implements AutoCloseable {
  private static final long LONGEST_HEADER = 100_000_000;
  private static final Map<String, DataType> TYPES = Map.of("F64", DataType.FLOAT64, "F32", DataType.FLOAT32,
      "F16", DataType.FLOAT16, "BF16", DataType.BFLOAT16, "I64", DataType.INT64, "I32", DataType.INT32);

  private record Entry(DataType type, Shape shape, long offset, long bytes) {}

  private final Path file;
  private final FileChannel channel;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private SafeTensors(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens a file and checks its header against its size.
   *
   * @param file the file
   * @return the open file
   * @throws ModelException when it is no safetensors file, or cut short
   */
  public static SafeTensors open(Path file) {
    try {
      SafeTensors opened = new SafeTensors(file, FileChannel.open(file, StandardOpenOption.READ));
      try {
        opened.readHeader();
        return opened;
      } catch (IOException | RuntimeException e) {
        opened.close();
        throw e;
      }
    } catch (IOException e) {
      throw new ModelException(file.toAbsolutePath() + ": cannot be read: " + e, e);
    }
  }

  private void readHeader() throws IOException {
    long size = channel.size();
    ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    channel.read(prefix, 0);
    long header = prefix.hasRemaining() ? -1 : prefix.getLong(0);
    if (header < 2 || header > Math.min(size - 8, LONGEST_HEADER)) {
      throw corrupt("its header length " + header + " does not fit its size " + size);
    }
    ByteBuffer json = ByteBuffer.allocate((int) header);
    channel.read(json, 8);
    long data = 8 + header;
    for (Map.Entry<String, JsonNode> field : parse(json.array()).properties()) {
      if (!field.getKey().equals("__metadata__")) {
        entries.put(field.getKey(), entry(field.getKey(), field.getValue(), data, size));
      }
    }
    requireDisjoint();
  }

  private JsonNode parse(byte[] header) throws IOException {
    try {
      JsonNode json = new ObjectMapper().readTree(header);
      if (!json.isObject()) {
        throw corrupt("its header is no JSON object");
      }
      return json;
    } catch (JsonProcessingException e) {
      throw corrupt("its header is not JSON: " + e.getOriginalMessage());
    }
  }

  private void requireDisjoint() {
    long end = 0;
    for (Map.Entry<String, Entry> tensor : entries.entrySet().stream().filter(entry -> entry.getValue().bytes > 0)
        .sorted(Comparator.comparingLong(entry -> entry.getValue().offset)).toList()) {
      if (tensor.getValue().offset < end) {
        throw corrupt("tensor " + tensor.getKey() + " overlaps the one before it");
      }
      end = tensor.getValue().offset + tensor.getValue().bytes;
    }
  }

  private Entry entry(String name, JsonNode json, long data, long size) {
    DataType type = TYPES.get(json.path("dtype").asText());
    if (type == null) {
      throw corrupt("tensor " + name + " has type " + json.path("dtype").asText() + "; supported are "
          + TYPES.keySet().stream().sorted().toList());
    }
    List<Long> dimensions = new ArrayList<>();
    json.path("shape").forEach(dimension -> dimensions.add(dimension.asLong()));
    long[] shape = dimensions.stream().mapToLong(Long::longValue).toArray();
    long begin = json.path("data_offsets").path(0).asLong(-1);
    long end = json.path("data_offsets").path(1).asLong(-1);
    long expected = type.getNumOfBytes();
    try {
      for (long dimension : shape) {
        expected = Math.multiplyExact(expected, dimension);
      }
    } catch (ArithmeticException e) {
      throw corrupt("tensor " + name + " has the impossible shape " + dimensions);
    }
    if (LongStream.of(shape).anyMatch(d -> d < 0) || begin < 0 || end - begin != expected || end > size - data) {
      throw corrupt("tensor " + name + " lies outside the file or its length does not fit its shape "
          + dimensions + "; the file may be cut short");
    }
    return new Entry(type, new Shape(shape), data + begin, expected);
  }

  private ModelException corrupt(String what) {
    return new ModelException(file.toAbsolutePath() + ": not a usable safetensors file: " + what);
  }

  /** Names of the tensors. */
  public Set<String> names() {
    return entries.keySet();
  }

  /** Shape of a tensor. */
  public Shape shape(String name) {
    return require(name).shape;
  }

  /**
   * Requires the shape of a tensor.
   *
   * @throws ModelException when the tensor is missing or has another shape
   */
  void requireShape(String name, Shape expected) {
    if (!shape(name).equals(expected)) {
      throw new ModelException(file.toAbsolutePath() + ": tensor " + name + " has shape " + shape(name)
          + " where the model has " + expected);
    }
  }

  /**
   * Reads a tensor.
   *
   * @param scope owner of the result; the tensor goes to its device
   * @param name name of the tensor, below 2 GiB
   * @param type type to convert to, not bfloat16
   * @return a copy that no longer depends on the file
   */
  public NDArray read(NDManager scope, String name, DataType type) {
    Entry entry = require(name);
    if (entry.shape.size() > Integer.MAX_VALUE / Math.max(Float.BYTES, entry.type.getNumOfBytes())) {
      throw new ModelException(file.toAbsolutePath() + ": tensor " + name + " of shape " + entry.shape
          + " is too large: at most 2 GiB can be read");
    }
    try (NDManager mapped = scope.newSubManager()) {
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, entry.offset, entry.bytes);
      NDArray values = entry.type == DataType.BFLOAT16
          ? mapped.create(Bfloat16.toFloat32(bytes), entry.shape, DataType.FLOAT32)
          : mapped.create(bytes.order(ByteOrder.LITTLE_ENDIAN), entry.shape, entry.type);
      // toType would share the mapped memory where no conversion is needed.
      NDArray copy = values.getDataType() == type ? values.duplicate() : values.toType(type, true);
      copy.attach(scope);
      return copy;
    } catch (IOException e) {
      throw new ModelException(file.toAbsolutePath() + ": tensor " + name + " cannot be read: " + e, e);
    }
  }

  private Entry require(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new ModelException(file.toAbsolutePath() + ": tensor " + name + " is missing");
    }
    return entry;
  }

  @Override
  public void close() throws ModelException {
    try {
      channel.close();
    } catch (IOException e) {
      throw new ModelException(file.toAbsolutePath() + ": cannot be closed: " + e, e);
    }
  }
}
