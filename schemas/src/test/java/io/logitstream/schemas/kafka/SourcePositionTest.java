package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import java.util.HexFormat;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class SourcePositionTest {
    private static final String ID = new Uuid(0x0102030405060708L, 0x090a0b0c0d0e0f10L).toString();

    @Test
    void theHeaderIsAsTheContractSays() {
        RecordHeaders headers = new RecordHeaders();
        new SourcePosition(ID, 4, 258).writeTo(headers);

        assertThat(HexFormat.of()
                        .formatHex(headers.lastHeader("logitstream-source").value()))
                .isEqualTo("0102030405060708090a0b0c0d0e0f10" + "00000004" + "0000000000000102");
        assertThat(SourcePosition.readFrom(headers, "here")).isEqualTo(new SourcePosition(ID, 4, 258));
    }

    @Test
    void aTopicWithoutIdAndARecordWithoutHeaderAreRead() {
        RecordHeaders headers = new RecordHeaders();
        assertThat(SourcePosition.readFrom(headers, "here")).isNull();

        new SourcePosition(null, 4, 0).writeTo(headers);
        assertThat(SourcePosition.readFrom(headers, "here")).isEqualTo(new SourcePosition(null, 4, 0));
    }

    @Test
    void aForeignHeaderIsReplacedWhenItIsWrittenAndRefusedWhenItIsRead() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("logitstream-source", new byte[] {1, 2, 3});
        assertThatThrownBy(() -> SourcePosition.readFrom(headers, "logits-0@7"))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageStartingWith("logits-0@7");
        headers.remove("logitstream-source").add("logitstream-source", new byte[28]);
        assertThatThrownBy(() -> SourcePosition.readFrom(headers, "here")).isInstanceOf(LogitstreamException.class);

        new SourcePosition(ID, 4, 1).writeTo(headers);
        assertThat(headers.headers("logitstream-source")).hasSize(1);
    }
}
