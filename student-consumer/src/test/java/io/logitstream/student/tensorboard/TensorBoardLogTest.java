package io.logitstream.student.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.metrics.HeldOutMetrics;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.tensorboard.EventReader.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardLogTest {
    @TempDir
    private Path folder;

    @Test
    void scalarsAreThoseOfTheSteps() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(folder, Map.of())) {
            log.onStart(0, 100, 10);
            log.onStep(metrics(1, 0.25), 7);
            log.onStep(metrics(300, 0.5), 6);
        }

        List<Message> events = EventReader.read(files().get(0));
        assertThat(events.get(0).text(3)).isEqualTo("brain.Event:2");
        assertThat(scalars(events.get(3)))
                .containsEntry("train/lm", 0.25f)
                .containsEntry("train/alpha", 0.9f)
                .containsEntry("train/learningRate", 0.003f)
                .containsEntry("train/gradientNorm", 1.5f)
                .containsEntry("train/lag", 7f)
                .containsEntry("train/tokens", 64f)
                .doesNotContainKeys("train/step", "train/routed");
        assertThat(events.get(4).one(2)).isEqualTo(300L);
        assertThat(scalars(events.get(4))).containsEntry("train/lm", 0.5f);
        assertThat(scalars(events.get(4)).get("train/tokensPerSecond")).isPositive();
        assertThat((double) events.get(4).one(1)).isCloseTo(System.currentTimeMillis() / 1e3, within(60.0));
    }

    @Test
    void anEvaluationOnTheWayStandsAtItsStepBesideTheNumbersOfTheTraining() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(folder, Map.of())) {
            log.onStep(
                    new StepMetrics(
                            50,
                            64,
                            0,
                            0.4,
                            0.5,
                            0.3,
                            0.9,
                            0.8,
                            0.003,
                            1.5,
                            false,
                            new HeldOutMetrics(2.5, 12, 1.25, 0.05)),
                    7);
        }

        Message event = EventReader.read(files().get(0)).get(3);
        assertThat(event.one(2)).isEqualTo(50L);
        assertThat(scalars(event))
                .containsEntry("heldOut/loss", 2.5f)
                .containsEntry("heldOut/bitsPerByte", 1.25f)
                .containsEntry("train/lm", 0.5f)
                .containsEntry("train/routed", 0.8f)
                .doesNotContainKey("train/heldOut.loss");
    }

    @Test
    void anEvaluationIsAddedInAFileAfterThoseOfTheTraining() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(folder, Map.of())) {
            log.onStart(0, 100, 10);
            log.onStep(metrics(1, 0.25), 7);
        }

        TensorBoardLog.addEvaluation(folder, 1, new Evaluation(2.5, 12, 1.2, 0.7, 0.4, 0.05, 100, 300));

        assertThat(files()).hasSize(2);
        List<Message> events = EventReader.read(files().get(1));
        assertThat(events.get(1).one(2)).isEqualTo(1L);
        assertThat(scalars(events.get(1)))
                .containsEntry("heldOut/loss", 2.5f)
                .containsEntry("heldOut/top1Agreement", 0.4f);
    }

    @Test
    void anEvaluationBesideAServedTeacherHasTheSameCurves() throws IOException {
        TensorBoardLog.addEvaluation(folder, 1, new Evaluation(2.5, 12, 1.2, 0.7, 0.4, 0.05, 100, 300, true));

        assertThat(scalars(EventReader.read(files().get(0)).get(1)))
                .containsEntry("heldOut/klToTeacher", 0.7f)
                .doesNotContainKey("heldOut/keptOnly");
    }

    @Test
    void settingsAreHyperparameters() throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("loss.alpha", 0.9);
        settings.put("student.tied", true);
        settings.put("training.schedule", "wsd");
        try (TensorBoardLog log = new TensorBoardLog(folder, settings)) {
            log.onStart(0, 100, 4096);
            log.onStep(metrics(1, 0.25), 7);
        }

        Message value = EventReader.read(files().get(0)).get(2).message(5).message(1);
        assertThat(value.text(1)).isEqualTo("_hparams_/session_start_info");
        Message plugin = value.message(9).message(1);
        assertThat(plugin.text(1)).isEqualTo("hparams");
        Map<String, Message> shown = plugin.message(2).message(3).messages(1).stream()
                .collect(Collectors.toMap(entry -> entry.text(1), entry -> entry.message(2)));
        assertThat(shown.get("loss.alpha").one(2)).isEqualTo(0.9);
        assertThat(shown.get("student.tied").one(4)).isEqualTo(1L);
        assertThat(shown.get("training.schedule").text(3)).isEqualTo("wsd");
        assertThat(shown.get("parameters").one(2)).isEqualTo(4096.0);
    }

    @Test
    void aContinuedResumePointsALaterFileThatPurgesTheStepsDoneAgain() throws IOException {
        for (long step : new long[] {1, 5, 5}) {
            try (TensorBoardLog log = new TensorBoardLog(folder, Map.of())) {
                log.onStep(metrics(step, 0.25), 0);
            }
        }

        assertThat(files()).hasSize(3);
        Message start = EventReader.read(files().get(2)).get(1);
        assertThat(start.one(2)).isEqualTo(5L);
        assertThat(start.message(7).one(1)).isEqualTo(1L);
    }

    @Test
    void aRunWithoutAStepLeavesNothing() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(folder.resolve("none"), Map.of())) {
            log.onStart(100, 100, 10);
            log.onCheckpoint(3);
        }

        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void aFolderThatCannotBeIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        TensorBoardLog log = new TensorBoardLog(file, Map.of());

        assertThatThrownBy(() -> log.onStep(metrics(1, 1), 0))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining(file.toString());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static Map<String, Float> scalars(Message event) {
        return event.message(5).messages(1).stream()
                .collect(Collectors.toMap(value -> value.text(1), value -> (Float) value.one(2)));
    }

    private static StepMetrics metrics(long step, double lm) {
        return new StepMetrics(step, 64 * step, 0, 0.4, lm, 0.3, 0.9, 0.003, 1.5, false);
    }
}
