package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.sun.management.ThreadMXBean;
import io.logitstream.messages.ModelException;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damaged weight files: whatever a file holds, the error names it, and reading it takes no more memory than its size.
 */
class CorruptSafeTensorsTest {
    private static final String FIRST = "\"first\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 0, 1, 17, 100_000_001, Long.MAX_VALUE})
    void aHeaderLengthThatDoesNotFitTheFileIsRefused(long length) throws IOException {
        Path file = write(ByteBuffer.allocate(24)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .array());

        assertThatThrownBy(() -> SafeTensors.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toString(), "header length");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void aFileShorterThanItsLengthFieldIsRefused(int bytes) throws IOException {
        Path file = write(new byte[bytes]);

        assertThatThrownBy(() -> SafeTensors.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(file.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"first\"", "no json", "[1, 2]", "null", "  ", "\"text\"", "\u0000\u0000\u0000"})
    void aHeaderThatIsNoJsonObjectIsRefusedInOneLine(String header) throws IOException {
        Path file = write(bytes(header, 16));

        assertThatThrownBy(() -> SafeTensors.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toString(), "header")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[2,2]      | [4,20]                   | outside",
                "[2,2]      | [-4,12]                  | outside",
                "[2,2]      | [16,0]                   | outside",
                "[2,2]      | [0,12]                   | outside",
                "[2,2]      | [0]                      | outside",
                "[2,2]      | []                       | outside",
                "[-2,-2]    | [0,16]                   | outside",
                "[4]        | [9223372036854775800,16] | outside",
                "[4]        | [1e300,1e300]            | outside",
                "[4294967296,4294967296] | [0,0]       | impossible shape",
                "[3]        | [4,16]                   | overlaps"
            })
    void aTensorThatLiesWrongIsNamed(String shape, String offsets, String complaint) throws IOException {
        Path file = write(bytes(
                "{" + FIRST + ",\"second\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":" + offsets
                        + "}}",
                16));

        assertThatThrownBy(() -> SafeTensors.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toString(), "tensor second", complaint);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"dtype\":\"F8_E4M3\",\"shape\":[16],\"data_offsets\":[0,16]}", "{}", "7", "null"})
    void aTensorOfAnotherTypeIsNamed(String entry) throws IOException {
        Path file = write(bytes("{\"first\":" + entry + "}", 16));

        assertThatThrownBy(() -> SafeTensors.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toString(), "tensor first", "supported are [BF16, F16, F32");
    }

    @Test
    void aFileCutShortAnywhereIsRefused() throws IOException {
        byte[] whole = bytes("{" + FIRST + "}", 16);

        for (int length = 0; length < whole.length; length++) {
            Path file = write(Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> SafeTensors.open(file))
                    .as("cut to " + length)
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void randomDamageIsRefusedOrReadsAsSomethingOfTheFilesSize() throws IOException {
        byte[] whole = bytes(
                "{\"__metadata__\":{\"format\":\"pt\"}," + FIRST
                        + ",\"second\":{\"dtype\":\"BF16\",\"shape\":[1,3],\"data_offsets\":[16,22]}}",
                22);
        int header = whole.length - 22;
        Random random = new Random(5);
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int refused = 0;

        try (NDManager scope = Torch.newScope("cpu")) {
            // The first tensor that is read compiles the kernels.
            try (SafeTensors opened = SafeTensors.open(write(whole));
                    NDManager read = scope.newSubManager()) {
                opened.names().forEach(name -> opened.read(read, name, DataType.FLOAT32));
            }
            for (int i = 0; i < 3000; i++) {
                byte[] damaged =
                        random.nextInt(4) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
                for (int flips = random.nextInt(4); flips >= 0 && damaged.length > 0; flips--) {
                    damaged[random.nextInt(Math.min(header, damaged.length))] ^= (byte) (1 << random.nextInt(8));
                }
                Path file = write(damaged);
                long before = memory.getCurrentThreadAllocatedBytes();
                try (SafeTensors opened = SafeTensors.open(file);
                        NDManager read = scope.newSubManager()) {
                    opened.names().forEach(name -> opened.read(read, name, DataType.FLOAT32));
                } catch (ModelException e) {
                    assertThat(e).hasMessageContaining(file.toString());
                    refused++;
                }
                assertThat(memory.getCurrentThreadAllocatedBytes() - before)
                        .as("file " + i)
                        .isLessThan(4 << 20);
            }
        }
        assertThat(refused).isBetween(1000, 2999);
    }

    private static byte[] bytes(String header, int values) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + values)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private Path write(byte[] content) throws IOException {
        return Files.write(folder.resolve("damaged.safetensors"), content);
    }
}
