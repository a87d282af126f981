package io.logitstream.exploration.results;

import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.scaling.DistillationAdvice;
import io.logitstream.exploration.scaling.ScalingException;
import io.logitstream.exploration.scaling.ScalingFit;
import io.logitstream.exploration.scaling.ScalingObservation;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Scaling laws of an exploration's finished runs: one for training on the text alone, and one for each kind of
 * distilled run. Two runs are of the same kind if they differ only in size, tokens, seed and teacher.
 */
public final class ScalingStudy {
    private static final double NO_TEACHER = 0;

    /**
     * Distilled runs of one kind.
     *
     * @param kind settings in which the kind differs from the others
     * @param fit fitted law
     * @param teacherLoss loss of its teacher in nats; the mean over several teachers
     */
    public record Distilled(Map<String, Object> kind, ScalingFit fit, double teacherLoss) {}

    private final ScalingFit alone;
    private final List<Distilled> distilled;

    private ScalingStudy(ScalingFit alone, List<Distilled> distilled) {
        this.alone = alone;
        this.distilled = distilled;
    }

    /**
     * Fits the laws.
     *
     * @param states runs; unfinished ones are ignored
     * @throws ScalingException if the runs on the text alone do not determine a law
     */
    public static ScalingStudy of(Collection<RunRecord> states) {
        Map<Map<String, Object>, List<RunRecord>> kinds = states.stream()
                .filter(RunRecord::finished)
                .collect(Collectors.groupingBy(ScalingStudy::kind, LinkedHashMap::new, Collectors.toList()));
        Map<Map<String, Object>, List<RunRecord>> withTeacher = new LinkedHashMap<>(kinds);
        withTeacher.values().removeIf(runs -> runs.get(0).support() == null);
        List<RunRecord> text = kinds.values().stream()
                .filter(runs -> runs.get(0).support() == null)
                .max((one, other) -> Integer.compare(one.size(), other.size()))
                .orElseThrow(() -> new ScalingException(
                        "no finished run has loss.alpha 0, which the law of the text alone needs"));
        ScalingFit alone = ScalingFit.supervised(text.stream()
                .map(run -> ScalingObservation.alone(
                        run.parameters(), run.tokens(), run.evaluation().loss()))
                .toList());
        List<Distilled> distilled = withTeacher.entrySet().stream()
                .filter(kind -> kind.getValue().size() >= 7)
                .map(kind -> distilled(differing(kind.getKey(), withTeacher.keySet()), kind.getValue(), alone))
                .toList();
        return new ScalingStudy(alone, distilled);
    }

    private static Distilled distilled(Map<String, Object> kind, List<RunRecord> runs, ScalingFit alone) {
        List<ScalingObservation> observations = runs.stream()
                .map(run -> new ScalingObservation(
                        run.parameters(),
                        run.tokens(),
                        run.teacher().loss(),
                        alone.predict(ScalingObservation.alone(run.parameters(), run.tokens(), NO_TEACHER))
                                .value(),
                        run.evaluation().loss()))
                .toList();
        return new Distilled(
                kind,
                ScalingFit.distillation(observations),
                runs.stream().mapToDouble(run -> run.teacher().loss()).average().orElseThrow());
    }

    private static Map<String, Object> kind(RunRecord run) {
        Map<String, Object> kind = new TreeMap<>(run.settings());
        kind.keySet()
                .removeIf(key -> key.startsWith("student.")
                        || key.equals("training.tokens")
                        || key.equals("training.seed")
                        || run.support() == null && (key.startsWith("loss.") || key.equals("teacher"))
                        || key.equals("teacher"));
        return kind;
    }

    private static Map<String, Object> differing(Map<String, Object> kind, Collection<Map<String, Object>> all) {
        Map<String, Object> own = new TreeMap<>(kind);
        own.entrySet()
                .removeIf(entry ->
                        all.stream().allMatch(other -> entry.getValue().equals(other.get(entry.getKey()))));
        return own;
    }

    public ScalingFit alone() {
        return alone;
    }

    public List<Distilled> distilled() {
        return distilled;
    }

    /** Advice for a student, for each kind of distillation. */
    public List<DistillationAdvice> advice(double parameters, double tokens) {
        return distilled.stream()
                .map(kind -> DistillationAdvice.of(alone, kind.fit(), kind.teacherLoss(), parameters, tokens))
                .toList();
    }
}
