package io.logitstream.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.stream.TeacherRequirements;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherModelTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws Exception {
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
    }

    @Test
    void aBatchThatTakesTooMuchMemoryGoesThroughInParts() {
        SparseLogits whole = process(null, null);
        SparseLogits inParts = process(null, 1);

        assertThat(new TeachConfig(null, null, null, null, null, null, null, 1).rowsOfForward(100, 13_000))
                .isEqualTo(80);
        assertThat(new TeachConfig(null, null, null, null, null, null, null, 1).rowsOfForward(100, 1 << 30))
                .isEqualTo(1);
        assertThat(inParts.positions()).isEqualTo(whole.positions());
        assertThat(ids(inParts)).isEqualTo(ids(whole));
        for (int i = 0; i < whole.positions(); i++) {
            assertThat(inParts.logSumExp()[i]).isCloseTo(whole.logSumExp()[i], within(1e-5f));
        }
    }

    @Test
    void aPassHasAboutAThousandPositions() {
        Torch.start(1);
        TeachConfig config = new TeachConfig(null, null, null, null, null, null);
        try (TeacherModel teacher = TeacherLoader.load(folder, config, new SelectionConfig(null, null))) {
            List<Double> ofOnePass = new ArrayList<>();
            List<Double> ofFourPasses = new ArrayList<>();

            teacher.score(TinyTeacher.batch(teacher, 33, 32, 1), new SparseLogits(), ofOnePass::add);
            teacher.score(TinyTeacher.batch(teacher, 100, 32, 1), new SparseLogits(), ofFourPasses::add);

            // Each pass reports once for each layer.
            assertThat(ofOnePass).isNotEmpty().isSorted();
            assertThat(ofFourPasses).hasSize(4 * ofOnePass.size()).isSorted();
        }
    }

    @Test
    void aDocumentOfAnIsolatedRowHasTheLogitsOfTheDocumentAloneInPartsToo() {
        for (Integer forwardMiB : new Integer[] {null, 1}) {
            try (TeacherModel teacher = TeacherLoader.load(
                    folder,
                    new TeachConfig(null, null, null, null, null, null, null, forwardMiB),
                    new SelectionConfig("dense", null, null, null, null))) {
                TokenBatch batch = TinyTeacher.batch(teacher, 100, 32, 1);
                batch.setDocumentEnd(3);
                SparseLogits logits = new SparseLogits();
                teacher.process(batch, logits);
                int[] tokens = TokenBatches.tokens(batch);
                int row = 99;
                int begin = 0;
                for (int end = 1; end < 32; end++) {
                    if (end == 31 || tokens[row * 32 + end - 1] == 3) {
                        SparseLogits alone = new SparseLogits();
                        teacher.process(
                                document(batch, Arrays.copyOfRange(tokens, row * 32 + begin, row * 32 + end + 1)),
                                alone);
                        for (int i = begin; i < end; i++) {
                            assertThat(logits.logSumExp()[row * 31 + i])
                                    .isCloseTo(alone.logSumExp()[i - begin], within(1e-5f));
                        }
                        begin = end;
                    }
                }
            }
        }
    }

    private static TokenBatch document(TokenBatch batch, int[] tokens) {
        return TokenBatch.newBuilder(batch)
                .setRows(1)
                .setLength(tokens.length)
                .setTokens(TokenBatches.bytes(tokens))
                .setDocumentEnd(null)
                .build();
    }

    @Test
    void aContextLongerThanTheTeachersIsRefusedAndNotMeasured() {
        try (TeacherModel teacher = TeacherLoader.load(
                folder, new TeachConfig(null, null, null, null, null, null), new SelectionConfig(null, null))) {
            teacher.requireContext(32);

            assertThatThrownBy(() -> teacher.requireContext(33))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContainingAll(teacher.identity().getId(), "33", "32", "max_position_embeddings");
            assertThat(teacher.measure(1, 1000)).isPositive();
        }
    }

    @Test
    void aMeasurementAheadIsTheOneThatIsAskedFor() throws InterruptedException {
        TeachConfig config = new TeachConfig(null, null, null, null, null, null);
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch noOther = new CountDownLatch(1);
        try (TeacherModel teacher = TeacherLoader.load(folder, config, new SelectionConfig(null, null))) {
            teacher.measureAhead(1, 9, ended::countDown);
            teacher.measureAhead(1, 9, noOther::countDown);

            assertThat(noOther.getCount()).isZero();
            long nanos = teacher.measure(1, 9);
            assertThat(nanos).isPositive().isEqualTo(teacher.measure(1, 9));
            assertThat(teacher.measure(1, 8)).isPositive();
            assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aTeacherClosesAfterItsMeasurement() {
        TeachConfig config = new TeachConfig(null, null, null, null, null, null);
        AtomicBoolean ended = new AtomicBoolean();
        TeacherModel teacher = TeacherLoader.load(folder, config, new SelectionConfig(null, null));
        teacher.measureAhead(8, 30, () -> ended.set(true));

        teacher.close();

        assertThat(ended).isTrue();
    }

    @Test
    void anAnnouncedTeacherOfAShorterContextThanTheBatchesIsRefused(@TempDir Path other) throws Exception {
        TinyTeacher.write(other, TinyTeacher.VOCABULARY);
        Path json = other.resolve("config.json");
        Files.writeString(json, Files.readString(json).replaceAll("(\"max_position_embeddings\" : )\\d+", "$18"));
        TeachConfig config = new TeachConfig(null, null, null, null, null, null);
        try (TeacherModel first = TeacherLoader.load(folder, config, new SelectionConfig(null, null));
                TeacherModel shorter = TeacherLoader.load(other, config, new SelectionConfig(null, null));
                SwitchableTeacher current = new SwitchableTeacher(first)) {
            first.measure(1, 30);
            TeacherRequirements.requireContext(shorter, current);

            first.process(TinyTeacher.batch(first, 1, 10, 1), new SparseLogits());

            assertThatThrownBy(() -> TeacherRequirements.requireContext(shorter, current))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageContainingAll("9 positions", "8", "max_position_embeddings");
        }
    }

    @Test
    void lowPrecisionIsCloseAndNotTheSame() {
        SparseLogits exact = process(null, null);
        SparseLogits low = process(Precision.BFLOAT16, null);

        assertThat(low.logSumExp()).isNotEqualTo(exact.logSumExp());
        for (int i = 0; i < exact.positions(); i++) {
            assertThat(low.logSumExp()[i]).isCloseTo(exact.logSumExp()[i], within(0.02f));
            assertThat(low.entropy()[i]).isCloseTo(exact.entropy()[i], within(0.02f));
        }
    }

    @Test
    void thePaddingOfTheVocabularyIsInNoSupport() {
        SparseLogits all = process(null, null);

        assertThat(all.total()).isEqualTo(all.positions() * TinyTeacher.VOCABULARY);
        assertThat(Arrays.stream(ids(all)).max().orElseThrow()).isEqualTo(TinyTeacher.VOCABULARY - 1);
        for (int i = 0; i < all.positions(); i++) {
            assertThat(all.tailMass()[i]).isCloseTo(0, within(1e-5f));
        }
    }

    private SparseLogits process(Precision precision, Integer forwardMiB) {
        SparseLogits logits = new SparseLogits();
        try (TeacherModel teacher = TeacherLoader.load(
                folder,
                new TeachConfig(null, null, null, null, null, null, precision, forwardMiB),
                new SelectionConfig("dense", null, null, null, null))) {
            TokenBatch batch = TinyTeacher.batch(teacher, 100, 32, 1);
            teacher.process(batch, logits);
        }
        return logits;
    }

    private static int[] ids(SparseLogits logits) {
        return Arrays.copyOf(logits.ids(), logits.total());
    }
}
