package io.logitstream.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpeTrainerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void learnsTheMergesOfHuggingFacesTrainer() throws IOException {
        JsonNode expected = JSON.readTree(TokenizerTest.fixture("trained.json").toFile());
        List<String> texts = Arrays.asList(JSON.convertValue(expected.get("texts"), String[].class));

        int size = BpeTrainer.train(
                texts.iterator(), expected.get("vocabularySize").asInt(), folder);

        JsonNode model =
                JSON.readTree(folder.resolve("tokenizer.json").toFile()).get("model");
        assertThat(size).isEqualTo(expected.get("vocabularySize").asInt());
        assertThat(model.get("merges")).isEqualTo(expected.get("merges"));
        assertThat(model.get("vocab")).isEqualTo(expected.get("vocab"));
    }

    @Test
    void trainedTokenizerRoundTripsAnyText() {
        Random random = new Random(5);
        BpeTrainer.train(List.of("some text to learn from, some more text").iterator(), 270, folder);

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            for (int round = 0; round < 200; round++) {
                String text = randomText(random);
                int[] ids = tokenizer.encode(text);

                assertThat(tokenizer.decode(ids)).isEqualTo(text);
                assertThat(IntStream.of(ids)).allMatch(id -> id > 0 && id < tokenizer.vocabularySize());
            }
            assertThat(tokenizer.endOfText()).isZero();
        }
    }

    @Test
    void aBeginOfTextTokenIsPutBeforeEachTextAndNoTextYieldsIt() {
        int size = BpeTrainer.train(List.of("abc abc").iterator(), 1000, true, folder);

        assertThat(size).isEqualTo(BpeTrainer.SMALLEST_VOCABULARY + 4);
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.beginOfText()).isEqualTo(1);
            assertThat(TextPrefix.added(tokenizer)).containsExactly(1);
            assertThat(tokenizer.encodeAsHuggingFace("abc", true))
                    .startsWith(1)
                    .hasSize(1 + tokenizer.encode("abc").length);
            assertThat(tokenizer.encode("<|begin_of_text|>abc")).doesNotContain(0, 1);
        }
    }

    @Test
    void stopsWhereNothingIsLeftToMerge() {
        int size = BpeTrainer.train(List.of("abc abc").iterator(), 1000, folder);

        assertThat(size).isEqualTo(BpeTrainer.SMALLEST_VOCABULARY + 3);
    }

    @Test
    void sameTextsGiveTheSameFile() throws IOException {
        Random random = new Random(11);
        List<String> texts =
                IntStream.range(0, 50).mapToObj(i -> randomText(random)).toList();

        BpeTrainer.train(texts.iterator(), 400, folder.resolve("first"));
        BpeTrainer.train(texts.iterator(), 400, folder.resolve("second"));

        assertThat(Files.readAllBytes(folder.resolve("first/tokenizer.json")))
                .isEqualTo(Files.readAllBytes(folder.resolve("second/tokenizer.json")));
    }

    @Test
    void forgetsTheRarestWordsWhenThereAreTooMany() {
        PreTokenCounts counts = new PreTokenCounts(100);
        for (int i = 0; i < 10_000; i++) {
            counts.add(" often" + " w" + "x".repeat(i % 200) + "y".repeat(i / 200));
            assertThat(counts.counts()).hasSizeLessThanOrEqualTo(100);
        }

        assertThat(counts.counts().get(" often")).containsExactly(10_000);
    }

    @Test
    void longRunsAreCountedInPiecesThatKeepCharactersWhole() {
        PreTokenCounts counts = new PreTokenCounts(100);

        counts.add("a" + "\ud835\udd18".repeat(1000));

        assertThat(counts.counts().keySet())
                .allMatch(word -> word.length() <= 256)
                .allMatch(word -> word.codePoints().noneMatch(c -> c <= 0xFFFF && Character.isSurrogate((char) c)));
        long characters = counts.counts().entrySet().stream()
                .mapToLong(entry -> entry.getKey().length() * entry.getValue()[0])
                .sum();
        assertThat(characters).isEqualTo(2001);
    }

    @Test
    void refusesTooSmallAVocabularyAndNoText() {
        assertThatThrownBy(() -> BpeTrainer.train(List.of("a").iterator(), 256, folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("257");
        assertThatThrownBy(() -> BpeTrainer.train(List.of("").iterator(), 300, folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("no text");
        assertThat(folder).isEmptyDirectory();
    }

    private static String randomText(Random random) {
        int[] codePoints = random.ints(random.nextInt(80), 0, 4)
                .map(kind -> switch (kind) {
                    case 0 -> random.nextInt(128);
                    case 1 -> " \t\r\n\u00a0\u2003".charAt(random.nextInt(6));
                    case 2 -> 0x80 + random.nextInt(0xD000);
                    default -> 0x10000 + random.nextInt(0x10000);
                })
                .toArray();
        return new String(codePoints, 0, codePoints.length);
    }
}
