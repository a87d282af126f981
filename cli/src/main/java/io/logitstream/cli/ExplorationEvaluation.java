package io.logitstream.cli;

import io.logitstream.cli.explore.ExplorationPlan;
import io.logitstream.cli.explore.RunState;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.generation.Sampler;
import io.logitstream.model.generation.Sampling;
import io.logitstream.model.generation.TextGenerator;
import io.logitstream.model.generation.TextStream;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.student.Evaluation;
import io.logitstream.student.tensorboard.TensorBoardLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Evaluates trained runs, many in one pass of their teacher over the held-out text. */
final class ExplorationEvaluation {
  /** Models in memory at once, beside the limit of the plan's memory: few enough that a crash repeats little. */
  private static final int MOST = 24;
  private static final int SAMPLE_TOKENS = 80;

  private final KafkaSettings kafka;
  private final ExplorationFolder folder;
  private final Map<String, RunState> states;
  private final ExplorationPlan plan;
  private final StatusLine status;

  ExplorationEvaluation(KafkaSettings kafka, ExplorationFolder folder, Map<String, RunState> states,
      ExplorationPlan plan, StatusLine status) {
    this.kafka = kafka;
    this.folder = folder;
    this.states = states;
    this.plan = plan;
    this.status = status;
  }

  /** Evaluates the runs that are trained and not evaluated. */
  void evaluate(Collection<PlannedRun> runs) {
    Map<List<String>, List<PlannedRun>> groups = new LinkedHashMap<>();
    for (PlannedRun run : runs) {
      RunState state = states.get(run.id());
      if (state != null && state.steps() != null && state.failure() == null && !state.finished()) {
        groups.computeIfAbsent(List.of(run.config().teacher(), run.config().topics().heldOut()),
            key -> new ArrayList<>()).add(run);
      }
    }
    long budget = MachineBudget.bytes(plan.resources());
    for (List<PlannedRun> group : groups.values()) {
      List<PlannedRun> together = new ArrayList<>();
      for (PlannedRun run : group) {
        long weights = together.stream().mapToLong(other -> other.plan().weightBytes()).sum();
        if (!together.isEmpty() && (together.size() == MOST || weights + run.plan().weightBytes() > budget)) {
          evaluateTogether(together);
          together.clear();
        }
        together.add(run);
      }
      evaluateTogether(together);
    }
  }

  private void evaluateTogether(List<PlannedRun> runs) {
    Map<String, Path> folders = new LinkedHashMap<>();
    runs.forEach(run -> folders.put(run.id(), folder.run(states.get(run.id()))));
    Map<String, Evaluation> evaluations = new Stages(kafka, runs.get(0).config()).evaluate(folders,
        tokens -> status.show(() -> String.format("evaluated %d students on %,d held-out tokens", runs.size(),
        tokens)));
    for (PlannedRun run : runs) {
      RunState state = states.get(run.id()).evaluated(evaluations.get(run.id()), evaluations.get("teacher"),
          samples(run, folders.get(run.id())));
      TensorBoardLog.addEvaluation(folders.get(run.id()).resolve("tensorboard"), state.steps(), state.evaluation());
      states.put(run.id(), state);
      folder.save(state);
      folder.removeCheckpoints(state);
    }
  }

  // Of the first seed only: they are to be looked at, not counted.
  private List<String> samples(PlannedRun run, Path student) {
    if (plan.prompts().isEmpty() || run.seed() != plan.seeds().get(0)) {
      return List.of();
    }
    List<String> samples = new ArrayList<>();
    try (LanguageModel model = LanguageModels.load(student, run.config().compute().device());
        Tokenizer tokenizer = Tokenizer.load(student)) {
      for (String prompt : plan.prompts()) {
        int[] ids = tokenizer.encodeAsHuggingFace(prompt, true);
        ids = ids.length == 0 ? new int[] {tokenizer.prefixToken()} : ids;
        StringBuilder text = new StringBuilder();
        TextStream stream = new TextStream(tokenizer, ids, text::append);
        new TextGenerator(model, tokenizer.vocabularySize(), Set.of(tokenizer.endOfText())).generate(ids, SAMPLE_TOKENS,
            new Sampler(new Sampling(0.0, null, null, null)), stream::add);
        stream.end();
        samples.add(text.toString());
      }
    }
    return samples;
  }
}
