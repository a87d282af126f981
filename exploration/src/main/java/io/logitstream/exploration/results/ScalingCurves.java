package io.logitstream.exploration.results;

import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.scaling.ConfidenceInterval;
import io.logitstream.exploration.scaling.ScalingException;
import io.logitstream.exploration.scaling.ScalingFit;
import io.logitstream.exploration.scaling.ScalingObservation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Fitted scaling laws as curves over tokens with confidence bands, for the report. */
public final class ScalingCurves {
    private static final int POINTS = 24;
    private static final double ROOM = 1.3;

    private ScalingCurves() {}

    /** Laws of the finished runs; empty if the runs do not determine any. */
    public static List<Map<String, Object>> of(Collection<RunRecord> states) {
        try {
            ScalingStudy study = ScalingStudy.of(states);
            List<Map<String, Object>> laws = new ArrayList<>();
            laws.add(law("text alone", study.alone(), study.alone(), 0));
            study.distilled()
                    .forEach(kind -> laws.add(law(
                            kind.kind().isEmpty() ? "distilled" : "distilled " + kind.kind(),
                            kind.fit(),
                            study.alone(),
                            kind.teacherLoss())));
            return laws;
        } catch (ScalingException e) {
            // Most explorations vary neither size nor tokens. The command "scaling" reports the cause.
            return List.of();
        }
    }

    private static Map<String, Object> law(String name, ScalingFit fit, ScalingFit alone, double teacherLoss) {
        double[] tokens = fit.runs().stream()
                .mapToDouble(ScalingObservation::tokens)
                .sorted()
                .toArray();
        double from = tokens[0] / ROOM;
        double to = tokens[tokens.length - 1] * ROOM;
        List<Map<String, Object>> curves = new ArrayList<>();
        fit.runs().stream()
                .mapToDouble(ScalingObservation::parameters)
                .distinct()
                .sorted()
                .forEach(parameters -> {
                    List<Map<String, Double>> points = new ArrayList<>();
                    for (int i = 0; i < POINTS; i++) {
                        double at = from * Math.pow(to / from, i / (POINTS - 1.0));
                        ConfidenceInterval loss = fit.predict(new ScalingObservation(
                                parameters,
                                at,
                                teacherLoss,
                                alone.predict(ScalingObservation.alone(parameters, at, 0))
                                        .value(),
                                0));
                        points.add(Map.of("tokens", at, "value", loss.value(), "low", loss.low(), "high", loss.high()));
                    }
                    curves.add(Map.of("parameters", parameters, "points", points));
                });
        Map<String, Object> law = new LinkedHashMap<>();
        law.put("name", name);
        law.put("law", fit.law());
        law.put("deviation", fit.deviation());
        law.put("determined", fit.determined());
        law.put("constants", fit.constants());
        law.put("runs", fit.runs());
        law.put("curves", curves);
        return law;
    }
}
