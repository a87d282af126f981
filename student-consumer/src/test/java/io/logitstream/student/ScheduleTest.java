package io.logitstream.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.schemas.UsageException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {
  private static final List<String> NAMES = List.of("wsd", "cosine", "constant");

  @ParameterizedTest
  @CsvSource({
      "wsd,      0.1, 0.2, 0,    0",
      "wsd,      0.1, 0.2, 0.05, 0.5",
      "wsd,      0.1, 0.2, 0.1,  1",
      "wsd,      0.1, 0.2, 0.8,  1",
      "wsd,      0.1, 0.2, 0.9,  0.5",
      "wsd,      0.1, 0.2, 1,    0",
      "wsd,      0,   0.2, 0,    1",
      "wsd,      0.1, 0,   1,    1",
      "wsd,      1,   0,   1,    1",
      "wsd,      0.5, 0.5, 0.5,  1",
      "cosine,   0.2, 0.2, 0.1,  0.5",
      "cosine,   0.2, 0.2, 0.2,  1",
      "cosine,   0.2, 0.2, 0.6,  0.55",
      "cosine,   0.2, 0.2, 1,    0.1",
      "cosine,   0,   0.2, 0,    1",
      "cosine,   1,   0,   1,    1",
      "constant, 0.5, 0.2, 0.25, 0.5",
      "constant, 0.5, 0.2, 0.5,  1",
      "constant, 0,   0.2, 0,    1",
      "constant, 0,   0.2, 1,    1"})
  void theFactorIsTheDocumentedOne(String name, double warmup, double decay, double progress, double factor) {
    assertThat(Schedule.named(name, warmup, decay).at(progress)).isCloseTo(factor, within(1e-12));
  }

  @Test
  void factorsAreInRangeAndWithoutJumps() {
    Random random = new Random(1);
    for (int i = 0; i < 300; i++) {
      double warmup = random.nextInt(4) == 0 ? 0 : 0.05 + 0.4 * random.nextDouble();
      double decay = random.nextInt(4) == 0 ? 0 : 0.05 + 0.4 * random.nextDouble();
      String name = NAMES.get(i % NAMES.size());
      Schedule schedule = Schedule.named(name, warmup, decay);
      double before = schedule.at(0);
      for (double progress = 0; progress <= 1; progress += 1e-3) {
        double factor = schedule.at(progress);

        assertThat(factor).as(name + " at " + progress).isBetween(0.0, 1.0);
        // The steepest slope is that of a warmup or a cosine over a twentieth of the run.
        assertThat(Math.abs(factor - before)).as(name + " at " + progress).isLessThan(1e-3 * 20 * Math.PI / 2);
        before = factor;
      }
    }
  }

  @Test
  void anUnknownNameIsRefusedWithThoseThatExist() {
    assertThatThrownBy(() -> Schedule.named("linear", 0.1, 0.2)).isInstanceOf(UsageException.class)
        .hasMessageContainingAll("training.schedule", "'linear'", "wsd", "cosine", "constant");
  }
}
