package io.logitstream.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.registry.TestRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the bytes in this module's README against those that the code writes. */
class ReadmeTest {

    @Test
    void theTokenBatchIsWhatTheCodeWrites() throws Exception {
        assertThat(block("TokenBatch")).isEqualTo(hex(TestRegistry.serialize(Samples.tokenBatch())));
    }

    @Test
    void theIsolatedTokenBatchIsWhatTheCodeWrites() throws Exception {
        assertThat(block("isolated")).isEqualTo(hex(TestRegistry.serialize(Samples.isolatedBatch())));
    }

    @Test
    void theLogitsBatchIsWhatTheCodeWrites() throws Exception {
        assertThat(block("LogitsBatch")).isEqualTo(hex(TestRegistry.serialize(Samples.logitsBatch())));
    }

    @Test
    void thePayloadIsWhatTheCodeWrites() throws Exception {
        assertThat(block("payload"))
                .isEqualTo(hex(Samples.bytes(Samples.logitsBatch().getPayload())));
    }

    @Test
    void theCompactPayloadIsWhatTheCodeWrites() throws Exception {
        ByteBuffer payload = LogitsCodecs.byName("compact-1")
                .encode(Samples.sparseLogits(), PayloadShape.of(Samples.tokenBatch(), 0));

        assertThat(block("compact-1")).isEqualTo(hex(Samples.bytes(payload)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain-supports", "compact-1-supports"})
    void thePayloadsWithoutStatisticsAreWhatTheCodeWrites(String codec) throws Exception {
        ByteBuffer payload =
                LogitsCodecs.byName(codec).encode(Samples.sparseLogits(), PayloadShape.of(Samples.tokenBatch(), 0));

        assertThat(block(codec)).isEqualTo(hex(Samples.bytes(payload)));
    }

    @Test
    void theTopicDefaultsAreTheCodes() throws Exception {
        TopicSettings defaults = TopicSettings.named("tokens");

        assertThat(Files.readString(Path.of("README.md")).replaceAll("\\s+", " "))
                .contains(
                        "created with " + defaults.partitions() + " partitions",
                        "`retention.ms=" + defaults.retentionMs() + "`",
                        "`max.message.bytes=" + defaults.maxRecordBytes() + "`");
    }

    private static String block(String name) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("README.md"));
        int from = lines.indexOf("```hex " + name) + 1;
        assertThat(from).as("block " + name).isPositive();
        StringBuilder bytes = new StringBuilder();
        for (String line : lines.subList(from, lines.size())) {
            if (line.equals("```")) {
                break;
            }
            bytes.append(line.replaceAll("#.*", "").strip()).append(' ');
        }
        return bytes.toString().strip().replaceAll(" +", " ");
    }

    private static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }
}
