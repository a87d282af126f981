package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.UsageException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The baseline of each variant.
 *
 * @param label name of the baseline, or the choices that define it
 * @param of name of the baseline by the variant's name; a baseline maps to itself; variants without a baseline are
 *     absent
 */
public record Baselines(String label, Map<String, String> of) {
    private static final String TEXT_ALONE = "lm";

    /**
     * Baselines of a plan: either one variant for all, or, for each variant, the one that differs only in the axes that
     * the plan fixes.
     *
     * @throws UsageException if the plan names a baseline that does not exist
     */
    public static Baselines of(ExplorationPlan plan, List<Variant> variants) {
        List<String> names = variants.stream().map(Variant::name).toList();
        JsonNode chosen = plan.baseline();
        if (chosen == null || chosen.isTextual()) {
            String name = chosen != null ? chosen.asText() : names.contains(TEXT_ALONE) ? TEXT_ALONE : names.get(0);
            if (!names.contains(name)) {
                throw none(name, names);
            }
            return one(name, names);
        }
        if (!chosen.isObject() || chosen.isEmpty()) {
            throw new UsageException(
                    "baseline " + chosen + ": expected the name of a variant, or a value for some axes");
        }
        Map<String, String> fixed = new LinkedHashMap<>();
        chosen.properties()
                .forEach(choice -> fixed.put(choice.getKey(), choice.getValue().asText()));
        String label = fixed.entrySet().stream().map(Object::toString).collect(Collectors.joining(", "));
        Map<Map<String, String>, String> byChoices = new HashMap<>();
        variants.forEach(variant -> byChoices.putIfAbsent(variant.choices(), variant.name()));
        Map<String, String> of = new LinkedHashMap<>();
        for (Variant variant : variants) {
            Map<String, String> choices = new LinkedHashMap<>(variant.choices());
            choices.putAll(fixed);
            if (byChoices.containsKey(choices)) {
                of.put(variant.name(), byChoices.get(choices));
            }
        }
        if (of.isEmpty()) {
            throw none(label, names);
        }
        return new Baselines(label, of);
    }

    /** The same baseline for all variants. */
    public static Baselines one(String name, List<String> variants) {
        return new Baselines(name, variants.stream().collect(Collectors.toMap(variant -> variant, variant -> name)));
    }

    private static UsageException none(String name, List<String> names) {
        return new UsageException(
                "baseline " + name + " is not a variant of the plan; it has " + String.join(", ", names));
    }
}
