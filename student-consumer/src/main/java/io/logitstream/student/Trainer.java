package io.logitstream.student;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.model.AdamW;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.Torch;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.RegistryClients;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The training loop. The same topic, settings and seed give the same weights, bit for bit on a CPU, also when the run
 * is killed and continued: all state is in the checkpoint, and nothing depends on time.
 */
public final class Trainer {
  private final TrainingJob job;
  private final TrainingListener listener;
  private final RunStart start;
  private final TopicReader reader;

  private Trainer(TrainingJob job, TrainingListener listener, RunStart start, TopicReader reader) {
    this.job = job;
    this.listener = listener;
    this.start = start;
    this.reader = reader;
  }

  /**
   * Trains a student, or continues where its folder's last checkpoint stands; a finished one is left as it is.
   *
   * @param kafka cluster and registry
   * @param job what to train
   * @param listener watches
   * @return the state at the end
   * @throws LogitstreamException when a record cannot be used or the loss is not finite; the last checkpoint stays
   */
  public static TrainingSummary train(KafkaSettings kafka, TrainingJob job, TrainingListener listener) {
    try (SchemaRegistryClient registry = RegistryClients.create(kafka)) {
      RunStart start = RunStart.of(kafka, registry, job);
      if (start.finished()) {
        return TrainingSummary.of(start.state());
      }
      RecordDecoder decoder = new RecordDecoder(registry, job.tokenizer().hash(), job.tokenizer().vocabularySize());
      try (TopicReader reader = new TopicReader(kafka, job.topic(), job.group(), decoder)) {
        return new Trainer(job, listener, start, reader).run();
      }
    } catch (IOException e) {
      throw new LogitstreamException("schema registry client cannot be closed: " + e, e);
    }
  }

  private TrainingSummary run() {
    if (start.state() != null) {
      reader.restore(start.state().reader());
    }
    List<TrainingBatch> batches = nextStep();
    if (batches.isEmpty() && start.state() == null) {
      throw new LogitstreamException("topic " + job.topic() + " holds no batch before its end-of-corpus marker");
    }
    int contextLength = start.state() != null ? start.state().contextLength() : batches.get(0).length() - 1;
    Checkpoints checkpoints = new Checkpoints(job.checkpoints(), job.training().keepCheckpoints());

    Torch.recordGradients(true);
    try (LanguageModel model = start.model(job, contextLength);
        AdamW optimizer = new AdamW(model, job.training().optimizer());
        TrainingStep trainingStep = new TrainingStep(model, optimizer, job.loss());
        MetricsLog metrics = new MetricsLog(job.out().resolve("metrics.jsonl"), start.step())) {
      start.restore(optimizer);
      long budget = start.budget();
      long step = start.step();
      long tokens = start.tokens();
      listener.onStart(tokens, budget, model.config().parameters());

      while (tokens < budget && !batches.isEmpty()) {
        double progress = (double) tokens / budget;
        double learningRate = job.training().learningRate() * job.training().schedule().at(progress);
        double alpha = job.loss().alpha() * job.loss().alphaSchedule().at(progress);
        StepMetrics result = step(trainingStep, batches, step + 1, tokens, alpha, learningRate);
        step = result.step();
        tokens = result.tokens();
        metrics.add(result);
        listener.onStep(result, reader.lag());
        // Taken before the next read, so that the checkpoint's position is behind this step's last record.
        ReaderState position = reader.state();
        if (step % job.training().checkpointSteps() == 0) {
          metrics.flush();
          save(checkpoints, model, optimizer, new TrainingState(start.settings(), step, tokens, budget, contextLength,
              position, false));
        }
        batches = tokens < budget ? nextStep() : List.of();
      }
      metrics.flush();
      ModelExport.write(model, job.tokenizer(), job.out(), job.exportType());
      TrainingState end = new TrainingState(start.settings(), step, tokens, budget, contextLength, reader.state(), true);
      save(checkpoints, model, optimizer, end);
      return TrainingSummary.of(end);
    } finally {
      Torch.recordGradients(false);
    }
  }

  private StepMetrics step(TrainingStep step, List<TrainingBatch> batches, long number, long tokensBefore,
      double alpha, double learningRate) {
    TrainingStep.Result result;
    try {
      result = step.apply(batches, alpha, learningRate);
    } catch (TrainingStep.NotFiniteException e) {
      Path last = new Checkpoints(job.checkpoints(), 1).latest();
      throw new LogitstreamException("step " + number + ": the loss or its gradient is not finite at "
          + e.batch().address(job.topic()) + "; " + (last == null ? "there is no checkpoint yet"
          : "the last good checkpoint is " + last) + "; a lower training.learningRate usually helps", e);
    }
    return new StepMetrics(number, tokensBefore + result.predicted(), reader.epoch(),
        (1 - alpha) * result.lm() + alpha * result.kd(), result.lm(), result.kd(), alpha, learningRate,
        result.gradientNorm());
  }

  /** The batches of the next step: fewer than asked for where the corpus ends, none after its last epoch. */
  private List<TrainingBatch> nextStep() {
    List<TrainingBatch> batches = new ArrayList<>();
    while (batches.size() < job.training().batchesPerStep()) {
      TrainingBatch batch = reader.next(listener::onWaiting);
      if (batch == null && (!batches.isEmpty() || reader.epoch() + 1 >= job.training().epochs())) {
        return batches;
      }
      if (batch == null) {
        reader.nextEpoch();
      } else {
        requireTeacher(batch);
        batches.add(batch);
      }
    }
    return batches;
  }

  private void save(Checkpoints checkpoints, LanguageModel model, AdamW optimizer, TrainingState state) {
    checkpoints.save(model, optimizer, job.tokenizer(), state);
    reader.commitForLagTools(state.reader());
    listener.onCheckpoint(state.step());
  }

  private void requireTeacher(TrainingBatch batch) {
    if (batch.logits() == null && job.loss().alpha() > 0) {
      throw new LogitstreamException(batch.address(job.topic()) + ": holds tokens without logits, but loss.alpha is "
          + job.loss().alpha() + "; read the logits topic, or set loss.alpha=0");
    }
  }
}
