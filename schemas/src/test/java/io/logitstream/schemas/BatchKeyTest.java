package io.logitstream.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchKeyTest {

    @Test
    void padsShardAndBatch() {
        assertThat(new BatchKey("demo", 3, 42)).hasToString("demo/00003/0000042");
        assertThat(BatchKey.endOf("demo")).hasToString("demo/end");
    }

    @Test
    void parsesWhatItWrites() {
        Random random = new Random(1);

        for (int i = 0; i < 10_000; i++) {
            int bits = random.nextInt(31);
            BatchKey key =
                    new BatchKey("a b.\u00e9-" + i, random.nextInt() >>> 1 >>> bits, random.nextInt() >>> 1 >>> bits);
            assertThat(BatchKey.parse(key.toString())).isEqualTo(key);
        }
        assertThat(BatchKey.parse("end/end")).isEqualTo(BatchKey.endOf("end"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "demo",
                "demo/",
                "/end",
                " /end",
                "demo/0/0",
                "demo/00000/0000000/",
                "demo/-0001/0000000",
                "demo/000001/0000000",
                "demo/9999999999/0000000",
                "a/b/00000/0000000",
                "demo/END",
                "demo\n/end"
            })
    void refusesWhatIsNoKey(String text) {
        assertThatThrownBy(() -> BatchKey.parse(text))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining(text.replace("\n", "\\n"));
    }

    @Test
    void refusesImpossibleParts() {
        assertThatThrownBy(() -> new BatchKey("a/b", 0, 0)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> new BatchKey("x".repeat(201), 0, 0)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> new BatchKey(null, 0, 0)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> new BatchKey("demo", -1, 0)).isInstanceOf(UsageException.class);
    }

    @Test
    void namesABatchOrItsEndMarker() {
        assertThat(BatchKey.of(Samples.tokenBatch())).isEqualTo(new BatchKey("demo", 0, 0));
        assertThat(BatchKey.of(TokenBatches.endMarker("demo", Samples.HASH, 8, 1, 2)))
                .isEqualTo(BatchKey.endOf("demo"));
    }

    @Test
    void aKeyThatNobodyVouchesForIsReadWithoutAnError() {
        assertThat(BatchKey.tryParse("demo/00003/0000042")).contains(new BatchKey("demo", 3, 42));
        assertThat(BatchKey.tryParse("demo/end")).contains(BatchKey.endOf("demo"));
        assertThat(BatchKey.tryParse((String) null)).isEmpty();
        assertThat(BatchKey.tryParse("garbage")).isEmpty();
        assertThat(BatchKey.tryParse("x".repeat(1 << 20))).isEmpty();
        assertThat(BatchKey.tryParse("demo/end".getBytes(StandardCharsets.UTF_8)))
                .contains(BatchKey.endOf("demo"));
        assertThat(BatchKey.tryParse(("\u00e9".repeat(200) + "/end").getBytes(StandardCharsets.UTF_8)))
                .contains(BatchKey.endOf("\u00e9".repeat(200)));
        assertThat(BatchKey.tryParse((byte[]) null)).isEmpty();
        assertThat(BatchKey.tryParse(new byte[1 << 20])).isEmpty();
    }
}
