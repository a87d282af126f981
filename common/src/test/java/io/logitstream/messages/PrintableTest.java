package io.logitstream.messages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
    @Test
    void whatSteersATerminalIsEscaped() {
        assertThat(Printable.of("a\u001b[31mred\u0007\u009b2J")).isEqualTo("a\\u001b[31mred\\u0007\\u009b2J");
        assertThat(Printable.of("two\nlines\r\tend")).isEqualTo("two\\nlines\\r\\tend");
        assertThat(Printable.of("\u202efdp.exe\u2028")).isEqualTo("\\u202efdp.exe\\u2028");
        assertThat(Printable.of("\ud800")).isEqualTo("\\ud800");
    }

    @Test
    void otherTextStaysAsItIs() {
        assertThat(Printable.of("demo/00003/0000042 größe 文 😀")).isEqualTo("demo/00003/0000042 größe 文 😀");
        assertThat(Printable.of(null)).isEqualTo("null");
    }

    @Test
    void longTextIsCutAndItsLengthTold() {
        assertThat(Printable.of("k".repeat(1 << 20))).isEqualTo("k".repeat(200) + "... (1,048,576 characters)");
        assertThat(Printable.of("a😀", 2)).isEqualTo("a... (3 characters)");
    }
}
