package io.logitstream.cli.options;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The key of the configuration that an option gives a value to. The option wins over --set and --config. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Setting {
    /** Key, with dots between its levels; of a map of options, the key that their names are below. */
    String value();

    /** Whether named students may have a value of their own, over which the option wins too. */
    boolean ofStudents() default false;
}
