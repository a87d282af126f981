package io.logitstream.producers;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import io.logitstream.producers.corpus.source.Mixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a mixture gives, estimated from the beginnings of its sources without publishing anything.
 *
 * @param name name of the mixture
 * @param sources its sources in the order of their names
 */
public record MixtureEstimate(String name, List<Source> sources) {
    /**
     * A source of a mixture.
     *
     * @param weight its weight
     * @param epochs passes over it at most
     * @param onePass estimate of one pass over it
     * @param tokens predicted tokens that it gives
     * @param endsAfter predicted tokens of the mixture after which it has no more; null if it gives tokens to the end
     * @param epochsToEnd passes that would keep its share to the end of the mixture
     */
    public record Source(
            double weight, int epochs, CorpusEstimate onePass, double tokens, Double endsAfter, double epochsToEnd) {
        /** Name of the source. */
        public String name() {
            return onePass.corpus();
        }

        /** Passes over the source that its tokens take. */
        public double passes() {
            return tokens / Math.max(1, tokensOf(onePass));
        }
    }

    // Tokens at which a source has no more may differ from those of the end by the size of a batch.
    private static final double SAME = 1e-3;

    /**
     * Reads the beginnings of the sources.
     *
     * @param patience time for all sources together, which the last ones may exceed
     */
    public static MixtureEstimate of(CorpusConfig config, Tokenizer tokenizer, Duration patience) {
        List<CorpusConfig> sources = Mixtures.sources(config);
        List<CorpusEstimate> estimates = new ArrayList<>();
        Duration each = patience.dividedBy(sources.size());
        for (CorpusConfig source : sources) {
            estimates.add(Mixtures.naming(
                    config, source.name(), () -> CorpusEstimate.of(Mixtures.onePass(source), tokenizer, each)));
        }
        return of(config, estimates);
    }

    /** Computes the mixture from estimates of one pass over each source. */
    static MixtureEstimate of(CorpusConfig config, List<CorpusEstimate> onePasses) {
        List<CorpusConfig> configs = Mixtures.sources(config);
        int count = configs.size();
        double[] weight = new double[count];
        double[] available = new double[count];
        double last = 0;
        for (int i = 0; i < count; i++) {
            CorpusConfig source = configs.get(i);
            weight[i] = Mixtures.weight(config, source.name());
            double all = tokensOf(onePasses.get(i)) * source.passes();
            available[i] = source.maxTokens() == null ? all : Math.min(all, source.maxTokens());
            last = Math.max(last, available[i] / weight[i]);
        }
        // Each source gives weight * level tokens until it has no more.
        double level = config.maxTokens() == null ? last : level(weight, available, config.maxTokens(), last);
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double end = available[i] / weight[i];
            MixtureSource given = config.mixture().get(configs.get(i).name());
            sources.add(new Source(
                    weight[i],
                    given.epochs(),
                    onePasses.get(i),
                    Math.min(available[i], weight[i] * level),
                    end < level * (1 - SAME) ? Double.valueOf(total(weight, available, end)) : null,
                    weight[i] * level / Math.max(1, tokensOf(onePasses.get(i)))));
        }
        return new MixtureEstimate(config.name(), sources);
    }

    private static double level(double[] weight, double[] available, double tokens, double last) {
        if (total(weight, available, last) <= tokens) {
            return last;
        }
        double low = 0;
        double high = last;
        for (int i = 0; i < 100; i++) {
            double middle = (low + high) / 2;
            if (total(weight, available, middle) < tokens) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    private static double total(double[] weight, double[] available, double level) {
        double total = 0;
        for (int i = 0; i < weight.length; i++) {
            total += Math.min(available[i], weight[i] * level);
        }
        return total;
    }

    private static double tokensOf(CorpusEstimate estimate) {
        return estimate.tokens() / estimate.fraction();
    }

    /** Predicted tokens of the mixture. */
    public double tokens() {
        return sources.stream().mapToDouble(Source::tokens).sum();
    }

    /** A sum over the sources, of a count of one pass in proportion to the tokens that a source gives. */
    public double sum(ToDoubleFunction<CorpusEstimate> ofSample) {
        return sources.stream()
                .mapToDouble(
                        source -> ofSample.applyAsDouble(source.onePass) / source.onePass.fraction() * source.passes())
                .sum();
    }

    /** Whether all sources were read as a whole. */
    public boolean isWhole() {
        return sources.stream().allMatch(source -> source.onePass.isWhole());
    }
}
