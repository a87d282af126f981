package io.logitstream.model.huggingface;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.files.BoundedFiles;
import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.Printable;
import io.logitstream.model.config.ModelBounds;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScriptFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The weight files of a Hugging Face folder: {@code model.safetensors}, or shards with their index. */
public final class ModelWeights implements AutoCloseable {
    private static final Pattern ROTARY_TABLE = Pattern.compile("\\.rotary_emb\\.(inv_freq|(cos|sin)_cached)$");

    private final Path folder;
    private final Map<String, SafeTensors> fileOfTensor = new HashMap<>();
    private final Map<Path, SafeTensors> files = new HashMap<>();

    private ModelWeights(Path folder) {
        this.folder = folder;
    }

    /**
     * Opens the weight files and reads their headers.
     *
     * @param folder Hugging Face folder
     * @throws ModelException if they are missing, damaged or in another format
     */
    public static ModelWeights open(Path folder) {
        ModelWeights weights = new ModelWeights(folder);
        try {
            for (Path file : files(folder)) {
                SafeTensors opened = SafeTensors.open(file);
                weights.files.put(file, opened);
                opened.names().forEach(name -> weights.fileOfTensor.put(name, opened));
            }
            return weights;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /**
     * SHA-256 over the contents of all weight files in the order of their names.
     *
     * @param folder Hugging Face folder, or a TorchScript file
     * @return lower-case hexadecimal
     * @throws ModelException if a file cannot be read
     */
    public static String hash(Path folder) {
        try {
            return Sha256.hex(ofModel(folder));
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    /**
     * Size of all weight files.
     *
     * @param folder Hugging Face folder, or a TorchScript file
     * @throws ModelException if a file is missing
     */
    public static long bytes(Path folder) {
        try {
            long bytes = 0;
            for (Path file : ofModel(folder)) {
                bytes += Files.size(file);
            }
            return bytes;
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    private static List<Path> ofModel(Path folder) {
        return TorchScriptFile.isTorchScript(folder) ? List.of(folder) : files(folder);
    }

    private static ModelException unreadable(Path folder, IOException cause) {
        return new ModelException(
                folder.toAbsolutePath() + ": weights cannot be read: " + FailureText.of(cause), cause);
    }

    private static List<Path> files(Path folder) {
        Path single = folder.resolve("model.safetensors");
        Path index = folder.resolve("model.safetensors.index.json");
        if (Files.isRegularFile(single)) {
            return List.of(single);
        }
        if (!Files.isRegularFile(index)) {
            throw new ModelException(
                    folder.toAbsolutePath() + ": it holds neither model.safetensors nor "
                            + "model.safetensors.index.json; other weight formats are not read, because loading them can run code");
        }
        TreeSet<String> names = new TreeSet<>();
        for (JsonNode file :
                BoundedFiles.json(index, BoundedFiles.MAX_TOKENIZER).path("weight_map")) {
            names.add(file.asText());
        }
        if (names.size() > ModelBounds.MAX_SHARDS) {
            throw new ModelException(
                    index.toAbsolutePath() + " names " + names.size() + " files, more than " + ModelBounds.MAX_SHARDS);
        }
        return names.stream().map(name -> shard(folder, index, name)).toList();
    }

    static Path shard(Path folder, Path index, String name) {
        try {
            // Made absolute first: a relative folder such as ".." is also a prefix of the paths above it.
            Path absolute = folder.toAbsolutePath().normalize();
            Path file = absolute.resolve(name).normalize();
            if (file.startsWith(absolute) && Files.isRegularFile(file)) {
                return file;
            }
        } catch (InvalidPathException e) {
            // No file can have such a name; it is refused below.
        }
        throw new ModelException(
                index.toAbsolutePath() + " names the shard " + Printable.of(name) + ", which is not in its folder");
    }

    /** Whether there is a tensor with a name. */
    public boolean has(String name) {
        return fileOfTensor.containsKey(name);
    }

    /** Whether two existing tensors of a shape hold the same values. */
    public boolean same(String name, String other, Shape shape) {
        try (NDManager scope = Torch.newScope("cpu")) {
            return read(scope, name, shape).contentEquals(read(scope, other, shape));
        }
    }

    /**
     * Requires, before any value is read, that the files hold exactly the weights of a model and that these fit into
     * memory.
     *
     * @param shapes shapes by name
     * @param device {@code cpu} or {@code cuda:N}, where the weights go
     * @param precision type in which matrices are held; all other weights are held in float32
     * @throws ModelException naming the first tensor that does not fit
     */
    public void require(Map<String, Shape> shapes, String device, Precision precision) {
        shapes.forEach(this::fileOf);
        requireNothingElse(shapes.keySet());
        double bytes = shapes.values().stream()
                .mapToDouble(shape -> (double) shape.size() * (isBfloat16(shape, precision) ? 2 : Float.BYTES))
                .sum();
        ModelBounds.requireMemory(folder, bytes, precision, device);
    }

    /** Requires the same of a model in float32. */
    public void require(Map<String, Shape> shapes, String device) {
        require(shapes, device, Precision.FLOAT32);
    }

    private static boolean isBfloat16(Shape shape, Precision precision) {
        return precision == Precision.BFLOAT16 && shape.dimension() == 2;
    }

    private SafeTensors fileOf(String name, Shape expected) {
        SafeTensors file = fileOfTensor.get(name);
        if (file == null) {
            throw new ModelException(folder.toAbsolutePath() + ": tensor " + name + " is missing from the weights");
        }
        file.requireShape(name, expected);
        return file;
    }

    /**
     * Reads a tensor.
     *
     * @param scope owner of the result; the tensor goes to its device
     * @param name name of the tensor
     * @param expected shape it must have
     * @param precision type of a matrix; all other tensors become float32
     * @throws ModelException if it is missing or has another shape
     */
    public NDArray read(NDManager scope, String name, Shape expected, Precision precision) {
        SafeTensors file = fileOf(name, expected);
        return isBfloat16(expected, precision)
                ? file.readBfloat16(scope, name)
                : file.read(scope, name, DataType.FLOAT32);
    }

    /** Reads a tensor as float32. */
    public NDArray read(NDManager scope, String name, Shape expected) {
        return read(scope, name, expected, Precision.FLOAT32);
    }

    /**
     * Type of the values of a tensor in its file.
     *
     * @throws ModelException if there is no tensor of the name
     */
    public DataType type(String name) {
        if (!has(name)) {
            throw new ModelException(folder.toAbsolutePath() + ": tensor " + name + " is missing from the weights");
        }
        return fileOfTensor.get(name).type(name);
    }

    /**
     * Requires that the model uses every tensor: an unused one means an architecture other than the configuration
     * says. Tables of the rotary embedding, which older files hold, and the output head of a tied model are ignored.
     *
     * @param used names of the weights of the model
     */
    void requireNothingElse(Set<String> used) {
        fileOfTensor.keySet().stream()
                .sorted()
                .filter(name ->
                        !used.contains(name) && !ROTARY_TABLE.matcher(name).find() && !name.equals("lm_head.weight"))
                .findFirst()
                .ifPresent(name -> {
                    throw new ModelException(folder.toAbsolutePath() + ": the weights hold tensor " + name
                            + ", which a model with this config.json does not have");
                });
    }

    @Override
    public void close() {
        files.values().forEach(SafeTensors::close);
    }
}
