package io.logitstream.cli.options;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Configuration key that an option sets. The option overrides --set and --config, see {@link
 * io.logitstream.pipeline.config.ConfigurationPrecedence}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Setting {
    /** Key with dots between its levels; for an option that is a map, the key of the map. */
    String value();

    /** Whether the option also overrides the own settings of named students. */
    boolean ofStudents() default false;
}
