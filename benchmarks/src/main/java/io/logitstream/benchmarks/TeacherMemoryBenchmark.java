package io.logitstream.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.CausalModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.huggingface.HuggingFaceConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.selection.LogitsSelector;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Resident memory of a teacher on the CPU against the size of its file: {@code PRECISION [LAYERS [ROWS LENGTH]]}, where
 * PRECISION is bfloat16 or float32. The file is in bfloat16, 26 layers (0.5 GB) by default. The memory of the engine and
 * the JVM before the weights are loaded is not counted.
 */
public final class TeacherMemoryBenchmark {
    private static final int VOCABULARY = 32_000;

    private TeacherMemoryBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Precision precision = Precision.valueOf(arguments[0].toUpperCase(Locale.ROOT));
        int layers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 26;
        int rows = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;
        int length = arguments.length > 2 ? Integer.parseInt(arguments[3]) : 128;
        Path folder = Files.createTempDirectory("teacher-memory");
        try {
            measure(folder, precision, layers, rows, length);
        } finally {
            Files.deleteIfExists(folder.resolve("model.safetensors"));
            Files.deleteIfExists(folder.resolve("config.json"));
            Files.deleteIfExists(folder.resolve("generation_config.json"));
            Files.delete(folder);
        }
    }

    private static void measure(Path folder, Precision precision, int layers, int rows, int length) throws IOException {
        ModelConfig config = new ModelConfig(
                VOCABULARY, 768, 2048, layers, 12, 12, 64, 4096, 1e-6, RopeConfig.plain(10000), false, false, false, 0);
        long file = write(config, folder);
        Torch.start(2);
        SparseLogits logits = new SparseLogits();
        try (NDManager engine = Torch.newScope("cpu");
                LogitsSelector selector = new LogitsSelector(engine, new SelectionConfig(0.95, 50), 1)) {
            long before = resident("VmRSS:");
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
            long start = System.nanoTime();
            try (CausalModel model = LanguageModels.load(folder, "cpu", precision)) {
                double seconds = (System.nanoTime() - start) / 1e9;
                long loaded = resident("VmRSS:") - before;
                long loading = resident("VmHWM:") - before;
                start = System.nanoTime();
                for (int pass = 0; pass < 3; pass++) {
                    pass(model, selector, precision, rows, length, logits);
                }
                System.out.printf(
                        "%s, file %.1f MB: resident %.3f of it after loading (peak %.3f, %.1f s), peak of the forward"
                                + " pass %.3f (%d x %d tokens, %.1f s)%n",
                        precision.name().toLowerCase(Locale.ROOT),
                        file / 1e6,
                        (double) loaded / file,
                        (double) loading / file,
                        seconds,
                        (double) (resident("VmHWM:") - before) / file,
                        rows,
                        length,
                        (System.nanoTime() - start) / 3e9);
            }
        }
    }

    private static void pass(
            CausalModel model, LogitsSelector selector, Precision precision, int rows, int length, SparseLogits into) {
        try (NDManager scope = model.newScope()) {
            NDArray ids_BT = scope.arange((float) rows * length)
                    .mul(7919)
                    .mod(VOCABULARY)
                    .toType(DataType.INT64, true)
                    .reshape(new Shape(rows, length));
            CausalModel.Outputs outputs = model.outputs(ids_BT, VOCABULARY, precision);
            selector.select(outputs.values_N(), outputs.weight_VD(), VOCABULARY, 0, into);
        }
    }

    // Written without a model, whose float32 weights would stay in the allocator.
    private static long write(ModelConfig config, Path folder) throws IOException {
        HuggingFaceConfig.write(config, "bfloat16", folder);
        Path path = folder.resolve("model.safetensors");
        ObjectNode header = new ObjectMapper().createObjectNode();
        long end = 0;
        for (Map.Entry<String, Shape> weight : WeightShapes.shapes(config).entrySet()) {
            ObjectNode entry = header.putObject(weight.getKey()).put("dtype", "BF16");
            for (long size : weight.getValue().getShape()) {
                entry.withArray("shape").add(size);
            }
            entry.withArray("data_offsets")
                    .add(end)
                    .add(end += 2 * weight.getValue().size());
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(1);
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(path)))) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            out.write(json);
            for (long value = 0; value < end / 2; value++) {
                int bits = Float.floatToIntBits((float) (random.nextDouble() - 0.5) / 16);
                out.writeShort(Short.reverseBytes((short) (bits >>> 16)));
            }
        }
        return Files.size(path);
    }

    /** Bytes of a line of /proc/self/status, which counts kibibytes. */
    static long resident(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
