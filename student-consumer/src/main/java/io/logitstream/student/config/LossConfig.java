package io.logitstream.student.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.logits.SupportTruncation;

/**
 * Settings of the loss {@code (1 - alpha) * LM + alpha * KD}, both terms means over the predicted tokens. KD compares
 * the teacher's q with the student's r over the classes of a position, which {@code tail} and {@code normalise} define.
 *
 * @param kind the distillation loss, {@code kld} by default
 * @param alpha largest weight of the distillation loss in [0, 1], 0.9 by default; 0 trains on the text alone, from a
 *     logits or a tokens topic
 * @param alphaSchedule factor of alpha over the run, constant by default; {@code wsd} has warmup 0.1 and decay 0.01 by
 *     default, the paper's
 * @param scheduleOf weight that the schedule is a factor of: alpha where null, the default; with {@code lm} the weight
 *     of the text is {@code (1 - alpha) * factor}, and the distillation loss has the rest (paper, table of schedules)
 * @param temperature temperature of the teacher, or the factor of an adaptive one; 2 by default, and 1 with an adaptive
 *     temperature or a tail that admits no other
 * @param adaptiveTemperature how the temperature depends on the position, {@code none} by default
 * @param temperStudent whether the student's logits are divided by the same temperature; true by default with a
 *     decoupled tail, else false
 * @param temperatureSquared whether KD is multiplied by the squared temperature (Hinton et al. 2015, section 2.1),
 *     false by default
 * @param tail treatment of the mass outside of the support, {@code renormalise} by default
 * @param normalise range of the student's softmax, {@code full} by default; a tail that is a class requires it
 * @param beta {@code jsd}: weight of the teacher in the mixture, in (0, 1), 0.5 by default
 * @param skew {@code skew-kl}: weight of the teacher in the mixture, in [0, 1), 0.1 by default
 * @param mseOn values that {@code mse} compares, {@code probabilities} by default
 * @param topP a smaller top-p than that of the topic, in (0, 1]; by default that of the topic
 * @param topK a smaller top-k than that of the topic; by default that of the topic
 * @param routing positions at which the distillation loss applies, all by default; null with alpha 0
 */
@SuppressWarnings("InvalidParam") // The names of values are like those of parameters.
public record LossConfig(
        Kind kind,
        Double alpha,
        ScheduleConfig alphaSchedule,
        @JsonInclude(JsonInclude.Include.NON_NULL) ScheduleOf scheduleOf,
        Double temperature,
        AdaptiveTemperature adaptiveTemperature,
        Boolean temperStudent,
        Boolean temperatureSquared,
        Tail tail,
        Normalise normalise,
        Double beta,
        Double skew,
        MseOn mseOn,
        Double topP,
        Integer topK,
        @JsonInclude(JsonInclude.Include.NON_NULL) RoutingConfig routing) {

    /**
     * A distillation loss; m is the mixture of q and r, sums are over a position's classes. Codes differ from each other
     * and from 6, the code of the squared error of logits in {@code LossKernels}.
     */
    public enum Kind {
        /** {@code -sum q log r}. */
        @JsonProperty("nll")
        NLL(0),
        /** {@code sum q (log q - log r)}: the gradient of NLL. */
        @JsonProperty("kld")
        KLD(1),
        /** Mean over the classes of the squared difference, of probabilities or of logits. */
        @JsonProperty("mse")
        MSE(2),
        /** {@code sum r (log r - log q)} (Gu et al. 2023, MiniLLM). */
        @JsonProperty("reverse-kl")
        REVERSE_KL(3),
        /** {@code beta KL(q|m) + (1 - beta) KL(r|m)}, m = beta q + (1 - beta) r (Agarwal et al. 2023, GKD). */
        @JsonProperty("jsd")
        JSD(4),
        /** {@code KL(q|m)}, m = skew q + (1 - skew) r (Ko et al. 2024, DistiLLM). */
        @JsonProperty("skew-kl")
        SKEW_KL(5);

        public final long code;

        Kind(long code) {
            this.code = code;
        }
    }

    /** The weight that a schedule is a factor of. */
    public enum ScheduleOf {
        /** Alpha, the weight of the distillation loss. */
        @JsonProperty("kd")
        KD,
        /** 1 - alpha, the weight of the text's loss. */
        @JsonProperty("lm")
        LM
    }

    /** Treatment of the mass outside of the support. */
    public enum Tail {
        /** The support is renormalised: q = softmax(log p / temperature) over the support (the paper's F). */
        @JsonProperty("renormalise")
        RENORMALISE(0),
        /**
         * The tail is a class of its own, for teacher and student; at temperature 1 the KL divergence is then exact.
         */
        @JsonProperty("bucket")
        BUCKET(1),
        /** The tail is dropped: q are the kept probabilities, which sum to less than 1. */
        @JsonProperty("none")
        NONE(2),
        /** A sampled support has no tail: q = count / draws (Anshumann et al. 2025, Sparse Logit Sampling). */
        @JsonProperty("counts")
        COUNTS(2),
        /**
         * The tail is a class of its own, and the temperature applies inside of the support alone: a divergence of
         * (support, tail) at temperature 1 plus a tempered one within the support (LFM2, arXiv 2511.23404). At
         * temperature 1 the bucket.
         */
        @JsonProperty("decoupled")
        DECOUPLED(3);

        public final long code;

        Tail(long code) {
            this.code = code;
        }
    }

    /** Range of the student's softmax. */
    public enum Normalise {
        /** The whole vocabulary. */
        @JsonProperty("full")
        FULL,
        /** The teacher's support. */
        @JsonProperty("support")
        SUPPORT
    }

    /** Values that {@link Kind#MSE} compares. */
    public enum MseOn {
        /** r and q. */
        @JsonProperty("probabilities")
        PROBABILITIES,
        /** Logits divided by their temperatures, not normalised; the teacher's logits are log p + log-sum-exp. */
        @JsonProperty("logits")
        LOGITS
    }

    /** Fills in the defaults. */
    public LossConfig {
        kind = kind == null ? Kind.KLD : kind;
        alpha = alpha == null ? 0.9 : alpha;
        alphaSchedule =
                ScheduleConfig.orDefaults(alphaSchedule, "loss.alphaSchedule", ScheduleConfig.Kind.CONSTANT, 0.01);
        // The default is stored as null, so that settings of versions without this key are equal. With alpha 0 there is
        // only the text.
        scheduleOf = scheduleOf == ScheduleOf.KD || alpha == 0 ? null : scheduleOf;
        adaptiveTemperature = adaptiveTemperature == null ? AdaptiveTemperature.NONE : adaptiveTemperature;
        tail = tail == null ? Tail.RENORMALISE : tail;
        temperature = temperature == null ? defaultTemperature(tail, adaptiveTemperature) : temperature;
        temperStudent = temperStudent == null ? tail == Tail.DECOUPLED : temperStudent;
        temperatureSquared = temperatureSquared != null && temperatureSquared;
        routing = alpha == 0 ? null : routing;
        normalise = normalise == null ? Normalise.FULL : normalise;
        beta = beta == null ? 0.5 : beta;
        skew = skew == null ? 0.1 : skew;
        mseOn = mseOn == null ? MseOn.PROBABILITIES : mseOn;
        Checks.require(topP == null || topP > 0 && topP <= 1, "loss.topP " + topP + " is not in (0, 1]");
        Checks.require(topK == null || topK > 0, "loss.topK " + topK + " is not positive");
        Checks.require(alpha >= 0 && alpha <= 1, "loss.alpha " + alpha + " is not in [0, 1]");
        Checks.require(
                temperature > 0 && temperature <= 1000, "loss.temperature " + temperature + " is not in (0, 1000]");
        Checks.require(beta > 0 && beta < 1, "loss.beta " + beta + " is not in (0, 1)");
        Checks.require(skew >= 0 && skew < 1, "loss.skew " + skew + " is not in [0, 1)");
        Checks.require(
                tail.code != Tail.NONE.code || temperature == 1 && adaptiveTemperature == AdaptiveTemperature.NONE,
                "loss.tail none and counts leave the probabilities as they are: loss.temperature must be 1 and"
                        + " loss.adaptiveTemperature none, or use loss.tail renormalise");
        Checks.require(
                tail != Tail.BUCKET && tail != Tail.DECOUPLED || normalise == Normalise.FULL,
                "loss.tail bucket and decoupled have the whole vocabulary as their classes: loss.normalise must be"
                        + " full");
        Checks.require(
                tail != Tail.DECOUPLED || kind != Kind.MSE || mseOn == MseOn.PROBABILITIES,
                "loss.tail decoupled compares probabilities: loss.mseOn must be probabilities");
        Checks.require(
                tail != Tail.DECOUPLED || !temperatureSquared && adaptiveTemperature != AdaptiveTemperature.WTTM,
                "loss.tail decoupled tempers a part of the loss alone: loss.temperatureSquared must be false and"
                        + " loss.adaptiveTemperature not wttm, which weight all of it");
        Checks.require(
                tail != Tail.COUNTS || kind != Kind.MSE || mseOn == MseOn.PROBABILITIES,
                "loss.mseOn logits: a sampled support (loss.tail counts) holds no logits of the teacher");
    }

    // Tails that leave the probabilities as they are admit 1 alone, and adaptive rules are defined with a factor of 1.
    private static double defaultTemperature(Tail tail, AdaptiveTemperature adaptive) {
        return tail.code == Tail.NONE.code || adaptive != AdaptiveTemperature.NONE ? 1 : 2;
    }

    /** The default loss. */
    public static LossConfig defaults() {
        return new LossConfig(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** The same with another alpha. */
    public LossConfig withAlpha(double other) {
        return with(kind, other, topP, topK);
    }

    /** The same with another distillation loss. */
    public LossConfig withKind(Kind other) {
        return with(other, alpha, topP, topK);
    }

    /**
     * The same with stored supports cut down to smaller ones.
     *
     * @param smallerTopP null takes the topic's
     * @param smallerTopK null takes the topic's
     */
    public LossConfig withTruncation(Double smallerTopP, Integer smallerTopK) {
        return with(kind, alpha, smallerTopP, smallerTopK);
    }

    private LossConfig with(Kind otherKind, double otherAlpha, Double otherTopP, Integer otherTopK) {
        return new LossConfig(
                otherKind,
                otherAlpha,
                alphaSchedule,
                scheduleOf,
                temperature,
                adaptiveTemperature,
                temperStudent,
                temperatureSquared,
                tail,
                normalise,
                beta,
                skew,
                mseOn,
                otherTopP,
                otherTopK,
                routing);
    }

    /**
     * Alpha at a point of the run.
     *
     * @param progress predicted tokens done, as a share of the budget in [0, 1]
     */
    public double alphaAt(double progress) {
        double factor = alphaSchedule.at(progress);
        return scheduleOf == ScheduleOf.LM ? 1 - (1 - alpha) * factor : alpha * factor;
    }

    /** Truncation of the stored supports; null for none. */
    public SupportTruncation truncation() {
        return topP == null && topK == null
                ? null
                : new SupportTruncation(topP == null ? 1 : topP, topK == null ? Integer.MAX_VALUE : topK);
    }

    /** The reason in one line why this loss cannot be computed from a record; null where it can. */
    public String mismatch(SparseLogits logits) {
        if (!logits.hasStatistics() && (adaptiveTemperature.needsStatistics() || onLogits())) {
            return "its logits have no statistics over the vocabulary (served teacher): loss.adaptiveTemperature must be"
                    + " none or wttm, and loss.mseOn cannot be logits";
        }
        if (logits.draws() == 0 && tail == Tail.COUNTS) {
            return "its support is not a sample: loss.tail counts needs selection.method sampled; use renormalise or"
                    + " bucket";
        }
        boolean tempered = temperature != 1 || adaptiveTemperature != AdaptiveTemperature.NONE;
        if (logits.draws() > 0 && (tempered || hasTailClass() || onLogits())) {
            return "its support is a sample, whose counts are the target as they are: loss.temperature must be 1,"
                    + " loss.adaptiveTemperature none, loss.tail counts, and loss.mseOn cannot be logits";
        }
        return routing == null ? null : routing.mismatch(logits);
    }

    /** Whether the tail is a class that teacher and student are compared on. */
    public boolean hasTailClass() {
        return tail == Tail.BUCKET || tail == Tail.DECOUPLED;
    }

    public boolean onLogits() {
        return kind == Kind.MSE && mseOn == MseOn.LOGITS;
    }

    /** Whether the targets of each position sum to 1 and use the same softmax as the loss of the text. */
    public boolean sharesSoftmax() {
        return (kind == Kind.NLL || kind == Kind.KLD)
                && tail == Tail.RENORMALISE
                && normalise == Normalise.FULL
                && !temperStudent
                && !temperatureSquared
                && adaptiveTemperature != AdaptiveTemperature.WTTM;
    }
}
