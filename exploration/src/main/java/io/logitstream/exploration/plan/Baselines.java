package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.UsageException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What each variant is compared with.
 *
 * @param label what that is, in words
 * @param of name of the baseline by the variant's name; a baseline's is its own; none where there is nothing to compare
 *     with
 */
public record Baselines(String label, Map<String, String> of) {
    private static final String TEXT_ALONE = "lm";

    /**
     * The baselines of a plan: one variant for all, or for each variant the one with the same choices but for those of some
     * axes.
     *
     * @throws UsageException when the plan names one that is not there
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

    /** One baseline for all. */
    public static Baselines one(String name, List<String> variants) {
        return new Baselines(name, variants.stream().collect(Collectors.toMap(variant -> variant, variant -> name)));
    }

    private static UsageException none(String name, List<String> names) {
        return new UsageException("baseline " + name + " is none of the plan's variants: " + String.join(", ", names));
    }
}
