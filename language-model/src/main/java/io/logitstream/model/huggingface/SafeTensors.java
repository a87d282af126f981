package io.logitstream.model.huggingface;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.Printable;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * A safetensors file: 8 bytes for the length of the header (little-endian), a JSON header, raw values. Opening a file
 * reads its header only. Reading a tensor maps the file piece by piece and copies each piece to the result, so that
 * it takes the memory of the result and of one piece of 8 million values. The format is described in the README of
 * huggingface/safetensors.
 */
public final class SafeTensors implements AutoCloseable {
    private static final long LONGEST_HEADER = 100_000_000;
    /** Bytes after the last tensor that any file may have. */
    private static final long SPARE = 1 << 20;

    private record Entry(ValueType type, Shape shape, long offset, long bytes) {}

    private final Path file;
    private final FileChannel channel;
    private final Object fileKey;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private SafeTensors(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.fileKey = fileKey();
    }

    // Compiled once in a process. The first tensor that is read from any file starts the engine.
    private static final class Host {
        private static final NDManager SCOPE = Torch.newScope("cpu");
        private static final TorchScript KERNELS = TorchScript.load(SCOPE, SafeTensors.class, "safetensors.py");
    }

    /**
     * Opens a file and checks its header against its size.
     *
     * @param file the file
     * @return the open file
     * @throws ModelException if it is not a safetensors file, or truncated
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
            throw new ModelException(file.toAbsolutePath() + ": cannot be read: " + FailureText.of(e), e);
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
        try {
            SafeTensorsHeader.read(json.array(), (name, tensor) -> {
                if (entries.put(name, entry(name, tensor, data, size)) != null) {
                    throw corrupt("tensor " + Printable.of(name) + " is in its header twice");
                }
            });
        } catch (JsonProcessingException e) {
            throw corrupt("its header is not JSON: " + FailureText.of(e));
        } catch (SafeTensorsHeader.MalformedException e) {
            throw corrupt(e.getMessage());
        }
        requireDisjoint();
        long end = entries.values().stream()
                .mapToLong(entry -> entry.offset + entry.bytes)
                .max()
                .orElse(data);
        if (size > 2 * end + SPARE) {
            throw corrupt(size - end + " of its " + size + " bytes belong to no tensor");
        }
    }

    private void requireDisjoint() {
        long end = 0;
        for (Map.Entry<String, Entry> tensor : entries.entrySet().stream()
                .filter(entry -> entry.getValue().bytes > 0)
                .sorted(Comparator.comparingLong(entry -> entry.getValue().offset))
                .toList()) {
            if (tensor.getValue().offset < end) {
                throw corrupt("tensor " + Printable.of(tensor.getKey()) + " overlaps the one before it");
            }
            end = tensor.getValue().offset + tensor.getValue().bytes;
        }
    }

    private Entry entry(String name, SafeTensorsHeader.Tensor tensor, long data, long size) {
        ValueType type = ValueType.named(tensor.type(), what -> corrupt("tensor " + Printable.of(name) + what));
        long[] shape = tensor.shape();
        long begin = tensor.begin();
        long end = tensor.end();
        String dimensions = Arrays.toString(shape);
        long expected = type.bytes();
        try {
            for (long dimension : shape) {
                expected = Math.multiplyExact(expected, dimension);
            }
        } catch (ArithmeticException e) {
            throw corrupt("tensor " + name + " has the impossible shape " + dimensions);
        }
        if (LongStream.of(shape).anyMatch(d -> d < 0) || begin < 0 || end - begin != expected || end > size - data) {
            throw corrupt("tensor " + name + " lies outside the file or its length does not fit its shape " + dimensions
                    + "; the file may be truncated");
        }
        return new Entry(type, new Shape(shape), data + begin, expected);
    }

    private ModelException corrupt(String what) {
        return new ModelException(file.toAbsolutePath() + ": not a usable safetensors file: " + what);
    }

    /** Names of the tensors, in the order of the header. */
    public Set<String> names() {
        return entries.keySet();
    }

    /**
     * Shape of a tensor.
     *
     * @throws ModelException if there is no tensor with the name
     */
    public Shape shape(String name) {
        return require(name).shape;
    }

    /** Type of a tensor's values in the file. */
    DataType type(String name) {
        return require(name).type.dataType();
    }

    /**
     * Requires the shape of a tensor.
     *
     * @throws ModelException if the tensor is missing or has another shape
     */
    public void requireShape(String name, Shape expected) {
        if (!shape(name).equals(expected)) {
            throw new ModelException(file.toAbsolutePath() + ": tensor " + name + " has shape " + shape(name)
                    + " where the model has " + expected);
        }
    }

    /**
     * Reads a tensor of any size.
     *
     * @param scope owner of the result; the tensor goes to its device
     * @param name name of the tensor
     * @param type type to convert to, other than bfloat16
     * @return a copy that does not depend on the file
     * @throws ModelException if the tensor is missing, or the file was replaced or truncated while it was read
     */
    public NDArray read(NDManager scope, String name, DataType type) {
        Entry entry = require(name);
        if (!scope.getDevice().isGpu()) {
            return filled(scope.create(entry.shape, type), entry);
        }
        try (NDArray values = filled(Host.SCOPE.create(entry.shape, type), entry)) {
            NDArray onDevice = values.toDevice(scope.getDevice(), true);
            onDevice.attach(scope);
            return onDevice;
        }
    }

    /**
     * Reads a matrix as bfloat16. The result may be passed to kernels, but Java cannot read its type or values.
     *
     * @param scope owner of the result; the matrix goes to its device
     * @param name name of the tensor, which has two dimensions
     * @return a copy that does not depend on the file
     * @throws ModelException as for {@link #read}
     */
    public NDArray readBfloat16(NDManager scope, String name) {
        Entry entry = require(name);
        boolean gpu = scope.getDevice().isGpu();
        NDArray values = Host.KERNELS
                .run(gpu ? Host.SCOPE : scope, "empty_bfloat16", entry.shape.get(0), entry.shape.get(1))
                .get(0);
        filled(values, entry);
        if (!gpu) {
            return values;
        }
        try (values;
                NDArray like = scope.create(0f)) {
            return Host.KERNELS
                    .run(scope, "bfloat16_on_device_of", values, like)
                    .get(0);
        }
    }

    private NDArray filled(NDArray values, Entry entry) {
        if (entry.offset % entry.type.bytes() == 0) {
            Host.KERNELS.run(
                    Host.SCOPE,
                    "read",
                    values,
                    file.toString(),
                    entry.offset / entry.type.bytes(),
                    entry.type.number());
        } else {
            readShifted(values, entry);
        }
        requireSameFile();
        return values;
    }

    // A tensor that does not begin at a multiple of its value size cannot be mapped. Such files are rare: they hold
    // types of several sizes, or come from the first versions of safetensors.
    private void readShifted(NDArray values, Entry entry) {
        try {
            Path aligned = Files.createTempFile("logitstream", ".values");
            try (FileChannel target = FileChannel.open(aligned, StandardOpenOption.WRITE)) {
                for (long done = 0; done < entry.bytes; ) {
                    long moved = channel.transferTo(entry.offset + done, entry.bytes - done, target);
                    if (moved == 0) {
                        throw corrupt("it was truncated while it was read");
                    }
                    done += moved;
                }
                Host.KERNELS.run(Host.SCOPE, "read", values, aligned.toString(), 0L, entry.type.number());
            } finally {
                Files.delete(aligned);
            }
        } catch (IOException e) {
            throw new ModelException(file.toAbsolutePath() + ": cannot be read: " + FailureText.of(e), e);
        }
    }

    // libtorch opens the file again for every piece, and a checkpoint can be replaced at any time.
    private void requireSameFile() {
        try {
            if (!Objects.equals(fileKey, fileKey())) {
                throw new ModelException(file.toAbsolutePath() + " was replaced while it was read; start again");
            }
        } catch (IOException e) {
            throw new ModelException(file.toAbsolutePath() + ": cannot be read: " + FailureText.of(e), e);
        }
    }

    private Object fileKey() throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
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
            throw new ModelException(file.toAbsolutePath() + ": cannot be closed: " + FailureText.of(e), e);
        }
    }
}
