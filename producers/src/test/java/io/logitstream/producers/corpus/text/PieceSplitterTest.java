package io.logitstream.producers.corpus.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.tokenizer.BpeTrainer;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PieceSplitterTest {
    private static final String[] PARTS = {
        "public",
        "static",
        "it's",
        "don't",
        "na\u00efve",
        "\u65e5\u672c",
        "12345",
        "{",
        "};",
        "//",
        "==",
        " ",
        " ",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "    ",
        "\ud83d\ude00",
        "e\u0301",
        "/",
        "\u00a0"
    };
    /** The pre-tokenizer of GPT-4, Llama 3 and Qwen 2. */
    private static final String SPLIT = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"byte level", "split by regex"})
    void piecesHaveTheIdsOfTheWholeDocument(String preTokenizer) throws IOException {
        Random random = new Random(3);
        BpeTrainer.train(IntStream.range(0, 50).mapToObj(i -> text(random, 200)).iterator(), 600, folder);
        if (preTokenizer.equals("split by regex")) {
            usePreTokenizer(SPLIT);
        }

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            for (int round = 0; round < 300; round++) {
                String text = text(random, 100);
                List<TextPiece> pieces = split(text, 120);
                int[] ids = pieces.stream()
                        .flatMapToInt(piece -> IntStream.of(tokenizer.encode(piece.text())))
                        .toArray();

                assertThat(ids).as(text).isEqualTo(tokenizer.encode(text));
                assertThat(pieces.size()).isGreaterThan(1);
            }
        }
    }

    @Test
    void piecesAreTheTextWhateverItIs() throws IOException {
        Random random = new Random(4);
        for (int round = 0; round < 2_000; round++) {
            String text = text(random, random.nextInt(60));
            int limit = 2 + random.nextInt(40);
            List<TextPiece> pieces = split(text, limit);

            assertThat(String.join("", pieces.stream().map(TextPiece::text).toList()))
                    .isEqualTo(text);
            assertThat(pieces).allMatch(piece -> piece.text().length() <= limit);
            assertThat(pieces).allMatch(piece -> piece.bytes() == piece.text().getBytes(StandardCharsets.UTF_8).length);
            assertThat(pieces).allMatch(piece -> piece.bytes() > 0 || text.isEmpty());
            for (int i = 0; i < pieces.size(); i++) {
                assertThat(pieces.get(i).endOfDocument()).isEqualTo(i == pieces.size() - 1);
                assertThat(StandardCharsets.UTF_8
                                .newEncoder()
                                .canEncode(pieces.get(i).text()))
                        .isTrue();
            }
        }
    }

    @Test
    void whereNoPlaceIsGoodTheCutComesAfterALineOrAtTheLimit() throws IOException {
        assertThat(split("1,2\n3,4\n5,6\n", 10).stream().map(TextPiece::text)).containsExactly("1,2\n3,4\n", "5,6\n");
        assertThat(split("0123456789abc", 10).stream().map(TextPiece::text)).containsExactly("0123456789", "abc");
    }

    private static List<TextPiece> split(String text, int limit) throws IOException {
        PieceSplitter splitter = new PieceSplitter(new StringReader(text), limit);
        List<TextPiece> pieces = new ArrayList<>();
        for (TextPiece piece = splitter.next(); piece != null; piece = splitter.next()) {
            pieces.add(piece);
        }
        return pieces;
    }

    private static String text(Random random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            text.append(i % 20 == 19 ? "so it" : PARTS[random.nextInt(PARTS.length)]);
        }
        return text.toString();
    }

    private void usePreTokenizer(String regex) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json =
                (ObjectNode) mapper.readTree(folder.resolve("tokenizer.json").toFile());
        ObjectNode sequence = json.putObject("pre_tokenizer").put("type", "Sequence");
        sequence.putArray("pretokenizers")
                .addObject()
                .put("type", "Split")
                .put("behavior", "Isolated")
                .put("invert", false)
                .putObject("pattern")
                .put("Regex", regex);
        sequence.withArray("pretokenizers")
                .addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
        mapper.writeValue(folder.resolve("tokenizer.json").toFile(), json);
    }
}
