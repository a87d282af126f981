package io.logitstream.teacher.served.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A stream that gives a few bytes at a time. */
    private static InputStream pieces(byte[] bytes, int most) {
        Random random = new Random(most);
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(most)));
            }
        };
    }

    private static JsonReader reader(String json, int most) {
        JsonReader reader = new JsonReader();
        reader.start(pieces(json.getBytes(UTF_8), most));
        return reader;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100, 100_000})
    void numbersAreThoseOfJava(int piece) throws Exception {
        Random random = new Random(7);
        StringBuilder text = new StringBuilder(" [");
        float[] expected = new float[20_000];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = switch (i % 4) {
                case 0 -> -random.nextFloat() * 20;
                case 1 -> Float.intBitsToFloat(random.nextInt());
                case 2 -> random.nextInt(100_000);
                default -> -random.nextFloat() * 1e-6f;
            };
            if (!Float.isFinite(expected[i])) {
                expected[i] = 0;
            }
            // Python writes a float32 with the digits of its value as a double.
            text.append(i == 0 ? "" : i % 3 == 0 ? " ,\n" : ",").append((double) expected[i]);
        }
        JsonReader reader = reader(text + "] ", piece);
        reader.beginArray();
        for (float value : expected) {
            assertThat(reader.nextElement()).isTrue();
            assertThat(reader.readFloat()).isEqualTo(value);
        }
        assertThat(reader.nextElement()).isFalse();
        reader.end();
    }

    @Test
    void numbersMayBeWrittenInAnyForm() throws Exception {
        JsonReader reader = reader(
                "[0, -0.5, 1e3, 1E-2, 12345678901234567890123, 0.00000000000000000000000012, NaN, -Infinity, null, 1e999]",
                3);
        reader.beginArray();
        float[] expected = {
            0,
            -0.5f,
            1000,
            0.01f,
            1.2345679e22f,
            1.2e-25f,
            Float.NaN,
            Float.NEGATIVE_INFINITY,
            Float.NaN,
            Float.POSITIVE_INFINITY
        };
        for (float value : expected) {
            reader.nextElement();
            assertThat(Float.valueOf(reader.readFloat())).isEqualTo(Float.valueOf(value));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 50, 100_000})
    void unknownMembersOfAnyKindAreSkipped(int piece) throws Exception {
        ObjectNode tree = JSON.createObjectNode();
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            switch (i % 5) {
                case 0 -> tree.put("text" + i, "\"quoted\\ \u00e9\ud83d\ude00 }],{".repeat(random.nextInt(40)));
                case 1 ->
                    tree.putObject("object" + i)
                            .putObject("a")
                            .putArray("b")
                            .add(1)
                            .addNull()
                            .add(true);
                case 2 -> tree.put("number" + i, random.nextGaussian());
                case 3 ->
                    tree.putArray("array" + i).addArray().addArray().add("x").add(-1e-9);
                default -> tree.putNull("null" + i);
            }
            tree.put("wanted" + i, i);
        }
        JsonReader reader = reader(tree.toPrettyString(), piece);
        int found = 0;
        reader.beginObject();
        while (reader.nextName()) {
            if (reader.nameIs(("wanted" + found).getBytes(UTF_8))) {
                assertThat(reader.readInt()).isEqualTo(found++);
            } else {
                reader.skip();
            }
        }
        reader.end();
        assertThat(found).isEqualTo(300);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\" 1}", "{\"a\": 1 \"b\": 2}", "{a: 1}", "{\"a\": ]}", "{\"a\": }", "{\"a\": [1}}", "{\"a\": {]}",
                "{\"a\": 1}}", "{\"a\": 1} x", "[1]", "<html>", "\u0000", "{\"a\": *}", "{,}"
            })
    void whatIsNotJsonIsSaid(String text) {
        assertThatThrownBy(() -> readAll(text)).isInstanceOf(AnswerException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\": 1", "{\"a\": \"x", "{\"a\": [1, {", "{\"a\": 1,"})
    void whatEndsTooEarlyIsSaid(String text) {
        assertThatThrownBy(() -> readAll(text))
                .isInstanceOf(AnswerException.class)
                .hasMessage("ends in the middle");
    }

    @Test
    void depthIsBounded() {
        assertThatThrownBy(() -> readAll("{\"a\": " + "[".repeat(10_000)))
                .isInstanceOf(AnswerException.class)
                .hasMessage("is nested more than 64 levels deep");
    }

    private static void readAll(String text) throws IOException, AnswerException {
        JsonReader reader = reader(text, 4);
        reader.beginObject();
        while (reader.nextName()) {
            reader.skip();
        }
        reader.end();
    }

    @Test
    void idsAreReadFromNames() throws Exception {
        JsonReader reader = reader("{\"0\": 1, \"151643\": 2, \"9999999999\": 3}", 2);
        reader.beginObject();
        reader.nextName();
        assertThat(reader.nameAsId()).isZero();
        reader.skip();
        reader.nextName();
        assertThat(reader.nameAsId()).isEqualTo(151_643);
        reader.skip();
        reader.nextName();
        assertThatThrownBy(reader::nameAsId)
                .isInstanceOf(AnswerException.class)
                .hasMessage("has '9999999999' where a token id belongs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.5", "1e3", "99999999999", "x", "\"1\"", "-"})
    void whatIsNoIntegerIsSaid(String text) {
        JsonReader reader = reader("[" + text + "]", 5);
        assertThatThrownBy(() -> {
                    reader.beginArray();
                    reader.nextElement();
                    reader.readInt();
                })
                .isInstanceOf(AnswerException.class)
                .hasMessageContaining("where an integer belongs");
    }
}
