package io.logitstream.student;

import com.fasterxml.jackson.databind.JsonNode;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.model.AdamW;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.schemas.KafkaSettings;
import java.nio.file.Path;

/**
 * Where a run starts: afresh, or from the last checkpoint of its folder, which must be of the same settings.
 *
 * @param settings settings of the run
 * @param budget predicted tokens of the run
 * @param checkpoint folder to continue from, or null
 * @param state its training state, or null
 */
record RunStart(JsonNode settings, long budget, Path checkpoint, TrainingState state) {

  static RunStart of(KafkaSettings kafka, SchemaRegistryClient registry, TrainingJob job) {
    Path checkpoint = Checkpoints.of(job).latest();
    TrainingState state = checkpoint == null ? null : Checkpoints.state(checkpoint);
    long budget = budget(kafka, registry, job, state);
    JsonNode settings = job.settings(budget);
    if (state != null) {
      RunSettings.requireSame(settings, state.settings(), "checkpoint " + checkpoint.toAbsolutePath());
    }
    return new RunStart(settings, budget, checkpoint, state);
  }

  private static long budget(KafkaSettings kafka, SchemaRegistryClient registry, TrainingJob job, TrainingState state) {
    if (job.training().tokens() != null) {
      return job.training().tokens();
    }
    if (state != null) {
      return state.budget();
    }
    return CorpusSize.find(kafka, registry, job.sizedBy()) * job.training().epochs();
  }

  boolean finished() {
    return state != null && state.finished();
  }

  long step() {
    return state == null ? 0 : state.step();
  }

  long tokens() {
    return state == null ? 0 : state.tokens();
  }

  LanguageModel model(TrainingJob job, int contextLength) {
    if (checkpoint != null) {
      return LanguageModels.load(checkpoint, job.device());
    }
    return LanguageModels.create(job.student().model(job.tokenizer().vocabularySize(), contextLength,
        job.tokenizer().endOfText()), job.training().seed(), job.device());
  }

  OutlierGuard.State outliers() {
    return state == null ? OutlierGuard.State.NOTHING : state.outliers();
  }

  void restore(AdamW optimizer) {
    if (checkpoint != null) {
      Checkpoints.restoreOptimizer(checkpoint, optimizer, state.updates());
    }
  }
}
