package io.logitstream.exploration.run;

import io.logitstream.exploration.plan.ExplorationPlan;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.plan.RunSpec;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.generation.Sampler;
import io.logitstream.model.generation.Sampling;
import io.logitstream.model.generation.StreamingDecoder;
import io.logitstream.model.generation.TextGenerator;
import io.logitstream.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Greedy continuations of the plan's prompts by finished students. */
final class ExplorationSamples {
    private static final int TOKENS = 80;

    private final ExplorationFolder folder;
    private final Map<String, RunRecord> states;
    private final ExplorationPlan plan;

    ExplorationSamples(ExplorationFolder folder, Map<String, RunRecord> states, ExplorationPlan plan) {
        this.folder = folder;
        this.states = states;
        this.plan = plan;
    }

    /**
     * Generates missing samples for the runs of the first seed: samples illustrate a run and enter no statistic. A run
     * that another plan has finished may have samples for other prompts, or none.
     */
    void complete(Iterable<RunSpec> runs) {
        for (RunSpec run : runs) {
            RunRecord state = states.get(run.id());
            if (state == null || !state.finished() || run.seed() != plan.seeds().get(0)) {
                continue;
            }
            List<String> missing = plan.prompts().stream()
                    .filter(prompt -> !state.samples().containsKey(prompt))
                    .toList();
            if (!missing.isEmpty()) {
                RunRecord sampled = state.sampled(samples(
                        folder.run(state), missing, run.config().compute().device()));
                states.put(run.id(), sampled);
                folder.save(sampled);
            }
        }
    }

    private static Map<String, String> samples(Path student, List<String> prompts, String device) {
        Map<String, String> samples = new LinkedHashMap<>();
        try (LanguageModel model = LanguageModels.load(student, device);
                Tokenizer tokenizer = Tokenizer.load(student)) {
            for (String prompt : prompts) {
                int[] ids = tokenizer.encodeAsHuggingFace(prompt, true);
                ids = ids.length == 0 ? new int[] {tokenizer.prefixToken()} : ids;
                StringBuilder text = new StringBuilder();
                StreamingDecoder stream = new StreamingDecoder(tokenizer, ids, text::append);
                new TextGenerator(model, tokenizer.vocabularySize(), Set.of(tokenizer.endOfText()))
                        .generate(ids, TOKENS, new Sampler(new Sampling(0.0, null, null, null)), stream::add);
                stream.end();
                samples.put(prompt, text.toString());
            }
        }
        return samples;
    }
}
