package io.logitstream.teacher.served.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Base64WordsTest {
    @Test
    void textInPiecesGivesTheWords() throws Exception {
        Random random = new Random(11);
        Base64Words words = new Base64Words();
        for (int size = 0; size < 200; size++) {
            int[] expected = random.ints(size).toArray();
            byte[] text = (encoded(expected) + "\"").getBytes(US_ASCII);
            words.start(size);
            int at = 0;
            while (at < text.length - 1) {
                int end = Math.min(text.length, at + 1 + random.nextInt(60));
                at = words.decode(text, at, end);
            }
            words.finish();

            assertThat(at).isEqualTo(text.length - 1);
            assertThat(Arrays.copyOf(words.words(), size)).isEqualTo(expected);
        }
    }

    private static String encoded(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(words);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    @Test
    void textThatDoesNotFitIsSaid() {
        assertFails(encoded(1, 2, 3), 2, "has more than the 2 values that belong in it");
        assertFails(encoded(1, 2, 3), 4, "has 12 bytes of base64 values where 16 belong");
        assertFails(encoded(1, 2, 3).substring(0, 15), 3, "has base64 text that is not complete");
        assertFails("AAAA", 1, "has 3 bytes of base64 values where 4 belong");
        assertFails("AA=A", 1, "has base64 text with the character 'A'");
        assertFails("AAAAA===", 1, "has base64 text that is not complete");
        assertFails("AAA AAA=", 1, "has base64 text with the character ' '");
    }

    private static void assertFails(String text, int size, String message) {
        Base64Words words = new Base64Words();
        words.start(size);
        assertThatThrownBy(() -> {
                    words.decode(text.getBytes(US_ASCII), 0, text.length());
                    words.finish();
                })
                .isInstanceOf(AnswerException.class)
                .hasMessage(message);
    }
}
