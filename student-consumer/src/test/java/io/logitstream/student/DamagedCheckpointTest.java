package io.logitstream.student;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.model.AdamW;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.ModelException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DamagedCheckpointTest {
  private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1);

  @TempDir
  private Path out;
  private Path checkpoint;

  @BeforeEach
  void saveACheckpoint() throws IOException {
    Checkpoints checkpoints = new Checkpoints(out, 2, null);
    try (Tokenizer tokenizer = TinyTokenizer.create(out.resolve("tokenizer"), 23);
        LanguageModel model = LanguageModels.create(new StudentConfig(8, 1, 2, 1, 12, true, null).model(23, 8, 0), 1,
            "cpu");
        AdamW optimizer = new AdamW(model, SETTINGS)) {
      checkpoints.save(model, optimizer, tokenizer, new TrainingState(new ObjectMapper().createObjectNode(), 5, 5,
          500, 5000, 8, new ReaderState(Map.of(0, 5L), 0, List.of(), 0, 0, List.of(), null, 0, 0, null),
          OutlierGuard.State.NOTHING, null, false));
    }
    checkpoint = checkpoints.latest();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "null", "{}", "[]", "\u0000\u0000\u0000", "{\"step\": 5,\n \"tok",
      "{\"step\": \"five\"}", "{\"settings\":{},\"step\":1,\"reader\":{\"turn\":0}}", "{\"unknown\": 1}"})
  void aTrainingStateThatCannotBeReadIsOneClearLine(String content) throws IOException {
    Files.writeString(checkpoint.resolve("training.json"), content);

    assertThatThrownBy(() -> Checkpoints.state(checkpoint)).isInstanceOf(LogitstreamException.class)
        .hasMessageContainingAll(checkpoint.resolve("training.json").toString(), "remove",
            "continue from the one before").hasMessageNotContaining("\n");
  }

  @Test
  void damagedMomentsAreNamed() throws IOException {
    Path moments = checkpoint.resolve("optimizer.safetensors");
    byte[] content = Files.readAllBytes(moments);
    Files.write(moments, Arrays.copyOf(content, content.length - 1));

    assertThatThrownBy(() -> restoreOptimizer())
        .isInstanceOf(ModelException.class).hasMessageContaining(moments.toString());
  }

  private void restoreOptimizer() {
    try (LanguageModel model = LanguageModels.load(checkpoint, "cpu"); AdamW optimizer = new AdamW(model, SETTINGS)) {
      Checkpoints.restoreOptimizer(checkpoint, optimizer, 5);
    }
  }
}
