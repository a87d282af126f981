package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.huggingface.HuggingFaceConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Peak memory of loading a checkpoint above 3 GB, one tensor of it beyond 2 GiB. The file is sparse and takes no disk,
 * but the weights take memory, so it runs only when asked for: {@code -Dlogitstream.largeModels=true}.
 */
@EnabledIfSystemProperty(named = "logitstream.largeModels", matches = "true")
class LoadingMemoryTest {
    private static final ModelConfig CONFIG = new ModelConfig(
            600_000, 1024, 24_576, 2, 16, 4, 64, 128, 1e-6, RopeConfig.plain(10000), true, false, false, 0);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"F32,float32", "BF16,bfloat16", "F16,float16"})
    void loadingTakesLittleMoreThanTheWeights(String type, String dataType) throws IOException {
        Map<String, Integer> marks = write(type, dataType);
        long weightBytes = WeightShapes.parameters(CONFIG) * Float.BYTES;
        Torch.start(1);
        Torch.newScope("cpu").close();
        long before = ResidentMemory.now();
        ResidentMemory.resetPeak();

        long start = System.nanoTime();
        try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
            double ratio = (double) (ResidentMemory.peak() - before) / weightBytes;

            System.out.printf(
                    "%s: %.2f GB of weights in memory, peak %.3f of it, %.1f s%n",
                    type, weightBytes / 1e9, ratio, (System.nanoTime() - start) / 1e9);
            assertThat(weightBytes).isGreaterThan(3_000_000_000L);
            assertThat(ratio).isBetween(0.95, 1.1);
            requireMarks(model, marks);
        }
    }

    private static void requireMarks(LanguageModel model, Map<String, Integer> marks) {
        try (NDManager scope = model.newScope()) {
            marks.forEach((name, mark) -> {
                NDArray weight = model.weights().get(name);
                NDArray last = weight.reshape(new Shape(-1)).get(weight.size() - 1);
                last.attach(scope);
                assertThat(last.getFloat()).as(name).isEqualTo((float) mark);
            });
        }
    }

    // Zeros, except the last value of each tensor, which is its number in the file.
    private Map<String, Integer> write(String type, String dataType) throws IOException {
        HuggingFaceConfig.write(CONFIG, dataType, folder);
        int bytes = type.equals("F32") ? 4 : 2;
        ObjectNode header = new ObjectMapper().createObjectNode();
        Map<String, Integer> marks = new LinkedHashMap<>();
        Map<String, Long> ends = new LinkedHashMap<>();
        long end = 0;
        for (Map.Entry<String, Shape> weight : WeightShapes.shapes(CONFIG).entrySet()) {
            ObjectNode entry = header.putObject(weight.getKey()).put("dtype", type);
            for (long size : weight.getValue().getShape()) {
                entry.withArray("shape").add(size);
            }
            entry.withArray("data_offsets")
                    .add(end)
                    .add(end += weight.getValue().size() * bytes);
            marks.put(weight.getKey(), marks.size() + 1);
            ends.put(weight.getKey(), end);
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
            file.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            file.write(json);
            for (Map.Entry<String, Integer> mark : marks.entrySet()) {
                file.seek(8 + json.length + ends.get(mark.getKey()) - bytes);
                file.write(encoded(mark.getValue(), type));
            }
        }
        return marks;
    }

    private static byte[] encoded(float value, String type) {
        int bits = Float.floatToIntBits(value);
        ByteBuffer target = ByteBuffer.allocate(type.equals("F32") ? 4 : 2).order(ByteOrder.LITTLE_ENDIAN);
        return switch (type) {
            case "F32" -> target.putInt(bits).array();
            case "BF16" -> target.putShort((short) (bits >>> 16)).array();
            // Exact for the small integers used here: an exponent with bias 15 instead of 127, and the upper 10 bits of
            // the fraction.
            default ->
                target.putShort((short) (((bits >>> 23) - 112 << 10) + (bits >>> 13 & 0x3ff)))
                        .array();
        };
    }
}
