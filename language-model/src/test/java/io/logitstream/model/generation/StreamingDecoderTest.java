package io.logitstream.model.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamingDecoderTest {
    private static final Path TOKENIZERS = Path.of("src/test/resources/io/logitstream/model/tokenizer");
    private static final String TEXT = "Größe: 日本語 🙂🙂 é, a\u0301 word\n  and  another";

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "sentence-piece"})
    void piecesAreWholeCharactersAndTogetherTheText(String name) {
        try (Tokenizer tokenizer = Tokenizer.load(TOKENIZERS.resolve(name))) {
            int[] ids = tokenizer.encode(TEXT);
            List<String> pieces = stream(tokenizer, new int[0], ids);

            assertThat(pieces).noneMatch(piece -> piece.contains("\uFFFD"));
            assertThat(String.join("", pieces)).isEqualTo(tokenizer.decode(ids));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "sentence-piece"})
    void aTextContinuesItsPromptAtAnyToken(String name) {
        try (Tokenizer tokenizer = Tokenizer.load(TOKENIZERS.resolve(name))) {
            int[] ids = tokenizer.encode("one two three, four ways");
            for (int cut = 1; cut < ids.length; cut++) {
                int[] prompt = Arrays.copyOf(ids, cut);
                List<String> pieces = stream(tokenizer, prompt, Arrays.copyOfRange(ids, cut, ids.length));

                assertThat(tokenizer.decode(prompt) + String.join("", pieces)).isEqualTo(tokenizer.decode(ids));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "sentence-piece"})
    void halfACharacterAtTheEndIsToldAsSuch(String name) {
        try (Tokenizer tokenizer = Tokenizer.load(TOKENIZERS.resolve(name))) {
            int[] ids = tokenizer.encode("🙂");
            int[] cut = Arrays.copyOf(ids, ids.length - 1);

            assertThat(String.join("", stream(tokenizer, new int[0], cut)))
                    .isEqualTo(tokenizer.decode(cut))
                    .contains("\uFFFD");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "sentence-piece"})
    void lengthsOfTokensAddUpToThatOfTheText(String name) {
        try (Tokenizer tokenizer = Tokenizer.load(TOKENIZERS.resolve(name))) {
            int[] ids = tokenizer.encode(TEXT);
            // Some tokenizers put a space before a text and remove it from the first decoded token.
            int added = tokenizer.utf8Length(ids[0])
                    - tokenizer.decode(new int[] {ids[0]}).getBytes(StandardCharsets.UTF_8).length;

            assertThat(Arrays.stream(ids).map(tokenizer::utf8Length).sum())
                    .isEqualTo(TEXT.getBytes(StandardCharsets.UTF_8).length + added);
            assertThat(tokenizer.utf8Length(tokenizer.endOfText())).isZero();
        }
    }

    private static List<String> stream(Tokenizer tokenizer, int[] before, int[] ids) {
        List<String> pieces = new ArrayList<>();
        StreamingDecoder stream = new StreamingDecoder(tokenizer, before, pieces::add);
        for (int id : ids) {
            stream.add(id);
        }
        stream.end();
        return pieces;
    }
}
