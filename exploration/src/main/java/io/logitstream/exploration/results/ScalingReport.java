package io.logitstream.exploration.results;

import io.logitstream.exploration.scaling.ConfidenceInterval;
import io.logitstream.exploration.scaling.DistillationAdvice;
import io.logitstream.exploration.scaling.ScalingFit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Fitted scaling laws and their advice, as text and as {@code scaling.json}. */
public final class ScalingReport {
    private ScalingReport() {}

    /**
     * The report as text.
     *
     * @param study fitted laws
     * @param advice predictions for a student, one for each kind of distillation; empty for none
     * @param parameters trainable parameters of the student; null without advice
     * @param tokens predicted tokens that it is trained on; null without advice
     */
    public static String text(ScalingStudy study, List<DistillationAdvice> advice, Double parameters, Double tokens) {
        StringBuilder text = new StringBuilder(law("text alone", study.alone()));
        study.distilled()
                .forEach(kind ->
                        text.append(law("distilled" + (kind.kind().isEmpty() ? "" : " " + kind.kind()), kind.fit())));
        if (study.distilled().isEmpty()) {
            text.append(String.format(
                    "distilled: no law, since no kind of distilled run has the seven runs that a fit needs%n"));
        }
        for (int i = 0; i < advice.size(); i++) {
            DistillationAdvice one = advice.get(i);
            Map<String, Object> kind = study.distilled().get(i).kind();
            text.append(String.format(
                    "%na student of %,.0f parameters on %,.0f tokens%s%n  alone %s, distilled %s%n  %s%n",
                    parameters,
                    tokens,
                    kind.isEmpty() ? "" : ", distilled with " + kind,
                    text(one.alone()),
                    text(one.distilled()),
                    one.answer()));
        }
        return text.toString();
    }

    private static String law(String what, ScalingFit fit) {
        StringBuilder text = new StringBuilder(String.format(
                "%s: %s, %d runs, residuals %.2f %%%n",
                what, fit.law(), fit.runs().size(), 100 * fit.deviation()));
        fit.constants()
                .forEach((name, interval) -> text.append(String.format(
                        "  %-7s %10.4g  (%.4g to %.4g)%n", name, interval.value(), interval.low(), interval.high())));
        if (!fit.determined()) {
            text.append(
                    String.format("  These runs do not determine the constants: others fit as well. The law holds for"
                            + " students between these runs; add seeds, sizes or token budgets.%n"));
        }
        return text.toString();
    }

    private static String text(ConfidenceInterval interval) {
        return String.format("%.3f (%.3f to %.3f)", interval.value(), interval.low(), interval.high());
    }

    /** The report as a map, to be written as JSON. */
    public static Map<String, Object> json(ScalingStudy study, List<DistillationAdvice> advice) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("alone", json(study.alone()));
        json.put(
                "distilled",
                study.distilled().stream()
                        .map(kind -> {
                            Map<String, Object> one = json(kind.fit());
                            one.put("kind", kind.kind());
                            one.put("teacherLoss", kind.teacherLoss());
                            return one;
                        })
                        .toList());
        json.put("advice", advice);
        return json;
    }

    private static Map<String, Object> json(ScalingFit fit) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("law", fit.law());
        json.put("deviation", fit.deviation());
        json.put("determined", fit.determined());
        json.put("constants", fit.constants());
        json.put("runs", fit.runs());
        return json;
    }
}
