package io.logitstream.model.huggingface;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
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
import java.util.Map;

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
        byte[] header = header(tensors, type);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer prefix = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .flip();
            writeFully(channel, prefix);
            writeFully(channel, ByteBuffer.wrap(header));
            for (NDArray tensor : tensors.values()) {
                writeTensor(channel, tensor, stored(tensor, type));
            }
            channel.force(true);
        }
    }

    private static void writeTensor(FileChannel channel, NDArray tensor, DataType type) throws IOException {
        boolean narrow = type == DataType.BFLOAT16;
        try (NDArray stored = tensor.toType(narrow ? DataType.FLOAT32 : type, true)) {
            ByteBuffer bytes = stored.toByteBuffer(true);
            writeFully(channel, narrow ? Bfloat16.fromFloat32(bytes) : bytes);
        }
    }

    private static byte[] header(Map<String, NDArray> tensors, DataType type) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (Map.Entry<String, NDArray> tensor : tensors.entrySet()) {
            DataType stored = stored(tensor.getValue(), type);
            if (!NAMES.containsKey(stored)) {
                throw new IllegalArgumentException(
                        "tensor " + tensor.getKey() + " of type " + stored + " cannot be stored");
            }
            ObjectNode entry = json.putObject(tensor.getKey());
            entry.put("dtype", NAMES.get(stored));
            ArrayNode shape = entry.putArray("shape");
            for (long dimension : tensor.getValue().getShape().getShape()) {
                shape.add(dimension);
            }
            long bytes = tensor.getValue().size() * stored.getNumOfBytes();
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

    private static DataType stored(NDArray tensor, DataType type) {
        return type == null || !tensor.getDataType().isFloating() ? tensor.getDataType() : type;
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
