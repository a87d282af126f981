package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.BatchKey;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RecordKindTest {
    @Test
    void theKeyTellsTheKindAsTextAndAsBytes() {
        assertKind("demo/00003/0000042", RecordKind.BATCH);
        assertKind("demo/end", RecordKind.END_OF_CORPUS);
        for (String key : new String[] {"", "garbage", "/end", "demo/3/42", "demo/00003/99999999999"}) {
            assertKind(key, RecordKind.FOREIGN);
        }
    }

    @Test
    void aRecordWithoutAKeyIsForeign() {
        assertThat(RecordKind.of(new ConsumerRecord<>("tokens", 0, 0, (String) null, new byte[0])))
                .isEqualTo(RecordKind.FOREIGN);
        assertThat(RecordKind.of(new ConsumerRecord<>("tokens", 0, 0, (byte[]) null, new byte[0])))
                .isEqualTo(RecordKind.FOREIGN);
    }

    @Test
    void theKeyOfABatchIsParsed() {
        assertThat(RecordKind.key(new ConsumerRecord<>("tokens", 0, 0, "demo/00003/0000042", new byte[0])))
                .contains(new BatchKey("demo", 3, 42));
    }

    private static void assertKind(String key, RecordKind kind) {
        assertThat(RecordKind.of(new ConsumerRecord<>("tokens", 0, 0, key, new byte[0])))
                .isEqualTo(kind);
        byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
        assertThat(RecordKind.of(new ConsumerRecord<>("tokens", 0, 0, utf8, new byte[0])))
                .isEqualTo(kind);
    }
}
