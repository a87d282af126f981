package io.logitstream.model.huggingface;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.libtorch.Bfloat16;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Writes safetensors files, one tensor at a time, with the metadata that transformers requires. */
public final class SafeTensorsWriter {
    private static final Map<DataType, String> NAMES = Map.of(
            DataType.FLOAT32,
            "F32",
            DataType.BFLOAT16,
            "BF16",
            DataType.FLOAT16,
            "F16",
            DataType.INT64,
            "I64",
            DataType.INT32,
            "I32");

    /** Values that are copied out of libtorch at a time, 64 MiB of float32: a Java buffer ends at 2 GiB. */
    private static final long PIECE = 1 << 24;

    /**
     * A tensor of a file.
     *
     * @param shape its shape
     * @param type type of its values in the file
     */
    public record Tensor(Shape shape, DataType type) {}

    private SafeTensorsWriter() {}

    /**
     * Writes a file and forces it to disk.
     *
     * @param file file to create or overwrite
     * @param tensors tensors in the order of the file
     * @param type type of the floating-point values in the file, or null to keep the type of each tensor
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Map<String, NDArray> tensors, DataType type) throws IOException {
        Map<String, Tensor> described = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> described.put(
                name,
                new Tensor(
                        tensor.getShape(),
                        type == null || !tensor.getDataType().isFloating() ? tensor.getDataType() : type)));
        write(
                file,
                described,
                name -> copy(tensors.get(name), described.get(name).type()));
    }

    /** A copy in the type of a file; in float32 for bfloat16, which is narrowed when it is written. */
    private static NDArray copy(NDArray tensor, DataType type) {
        return tensor.toType(type == DataType.BFLOAT16 ? DataType.FLOAT32 : type, true);
    }

    /**
     * Writes a file and forces it to disk, with one tensor at a time in memory.
     *
     * @param file file to create or overwrite
     * @param tensors tensors in the order of the file
     * @param values makes the tensor of a name, in the type of the file or, for bfloat16, in float32; closed here
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Map<String, Tensor> tensors, Function<String, NDArray> values)
            throws IOException {
        byte[] header = header(tensors);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer prefix = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .flip();
            writeFully(channel, prefix);
            writeFully(channel, ByteBuffer.wrap(header));
            for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
                try (NDArray made = values.apply(tensor.getKey())) {
                    writeTensor(channel, made, tensor.getValue().type());
                }
            }
            channel.force(true);
        }
    }

    private static void writeTensor(FileChannel channel, NDArray tensor, DataType type) throws IOException {
        if (tensor.size() <= PIECE) {
            writeValues(channel, tensor, type);
            return;
        }
        try (NDArray flat = tensor.reshape(-1)) {
            for (long begin = 0; begin < flat.size(); begin += PIECE) {
                try (NDArray piece = flat.get(new NDIndex().addSliceDim(begin, Math.min(flat.size(), begin + PIECE)))) {
                    writeValues(channel, piece, type);
                }
            }
        }
    }

    private static void writeValues(FileChannel channel, NDArray values, DataType type) throws IOException {
        ByteBuffer bytes = values.toByteBuffer(true);
        writeFully(channel, type == DataType.BFLOAT16 ? Bfloat16.fromFloat32(bytes) : bytes);
    }

    private static byte[] header(Map<String, Tensor> tensors) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            Shape shape = tensor.getValue().shape();
            DataType stored = tensor.getValue().type();
            if (!NAMES.containsKey(stored)) {
                throw new IllegalArgumentException(
                        "tensor " + tensor.getKey() + " of type " + stored + " cannot be stored");
            }
            ObjectNode entry = json.putObject(tensor.getKey());
            entry.put("dtype", NAMES.get(stored));
            ArrayNode dimensions = entry.putArray("shape");
            for (long dimension : shape.getShape()) {
                dimensions.add(dimension);
            }
            long bytes = shape.size() * stored.getNumOfBytes();
            entry.putArray("data_offsets").add(offset).add(offset + bytes);
            offset += bytes;
        }
        // Padding aligns the values to 8 bytes for readers that map the file.
        StringBuilder text = new StringBuilder(mapper.writeValueAsString(json));
        while ((8 + text.toString().getBytes(StandardCharsets.UTF_8).length) % 8 != 0) {
            text.append(' ');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
