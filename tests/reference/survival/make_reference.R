#!/usr/bin/env Rscript
# SPDX-License-Identifier: Apache-2.0
# Reference figures for survival statistics, computed by R's survival package.
#
#   Rscript make_reference.R DATA OUT.csv            writes the figures
#   Rscript make_reference.R DATA --check REF.csv    recomputes and compares them; exit code 1 on
#                                                    a difference
#
# DATA holds survival/, tcga_lgg/ and tcga_laml/. Each line is "case,quantity,term,value", values
# with 17 significant digits. Newton's method is run to convergence at rounding level, because
# coxph's default stops at a relative change of 1e-9 in the log-likelihood.
suppressPackageStartupMessages(library(survival))
invisible(Sys.setlocale("LC_COLLATE", "C"))

rows <- list()
put <- function(case, quantity, term, value) {
  rows[[length(rows) + 1]] <<- data.frame(case = case, quantity = quantity, term = term,
                                          value = as.numeric(value), stringsAsFactors = FALSE)
}

read_arff <- function(path) {
  lines <- readLines(path)
  lines <- lines[!grepl("^%", lines) & nzchar(lines)]
  names <- sub("^@attribute +(\\S+).*", "\\1", grep("^@attribute", lines, value = TRUE,
                                                    ignore.case = TRUE), ignore.case = TRUE)
  at <- grep("^@data", lines, ignore.case = TRUE)
  read.csv(text = lines[(at + 1):length(lines)], header = FALSE, col.names = names,
           stringsAsFactors = FALSE, check.names = FALSE)
}

put_cox <- function(case, formula, data) {
  for (ties in c("efron", "breslow")) {
    fit <- suppressWarnings(coxph(formula, data, ties = ties,
                                  control = coxph.control(eps = 1e-13, toler.chol = 1e-14,
                                                          iter.max = 100)))
    name <- paste0(case, "/", ties)
    term <- names(coef(fit))
    for (column in names(fit$xlevels))
      for (level in fit$xlevels[[column]])
        term[term == paste0(column, level)] <- paste0(column, "=", level)
    s <- summary(fit)
    se <- sqrt(diag(fit$var))
    se[is.na(coef(fit))] <- NA
    put(name, "coef", term, coef(fit))
    put(name, "se", term, se)
    put(name, "p", term, 2 * pnorm(-abs(coef(fit) / se)))
    put(name, "hr_low", term, exp(coef(fit) - qnorm(0.975) * se))
    put(name, "hr_high", term, exp(coef(fit) + qnorm(0.975) * se))
    put(name, "n", "", fit$n)
    put(name, "events", "", fit$nevent)
    put(name, "df", "", sum(!is.na(coef(fit))))
    put(name, "loglik_null", "", fit$loglik[1])
    put(name, "loglik", "", fit$loglik[2])
    put(name, "lrt", "", s$logtest["test"])
    put(name, "lrt_p", "", s$logtest["pvalue"])
    put(name, "wald", "", fit$wald.test)
    put(name, "score", "", fit$score)
    put(name, "score_p", "", s$sctest["pvalue"])
    counts <- concordance(fit)
    put(name, "concordance", "", counts$concordance)
    put(name, "concordant", "", counts$count["concordant"])
    put(name, "discordant", "", counts$count["discordant"])
    put(name, "tied_score", "", counts$count["tied.x"])
    put(name, "tied_time", "", counts$count["tied.y"] + counts$count["tied.xy"])
  }
}

put_univariate <- function(case, outcome, terms, data) {
  p <- numeric(0)
  for (term in terms) {
    fit <- coxph(as.formula(paste(outcome, "~", paste0("`", term, "`"))), data,
                 control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100))
    p[term] <- 2 * pnorm(-abs(coef(fit) / sqrt(fit$var[1, 1])))
    put(case, "coef", term, coef(fit))
    put(case, "n", term, fit$n)
    put(case, "events", term, fit$nevent)
    put(case, "lrt_p", term, summary(fit)$logtest["pvalue"])
    put(case, "concordance", term, concordance(fit)$concordance)
  }
  put(case, "p", names(p), p)
  put(case, "q", names(p), p.adjust(p, "BH"))
}

put_curves <- function(case, formula, data) {
  for (type in c("log", "log-log", "plain")) {
    fit <- survfit(formula, data, conf.type = type)
    name <- paste0(case, "/", sub("-", "_", type))
    group <- if (is.null(fit$strata)) "all" else sub("^[^=]*=", "", names(fit$strata))
    where <- if (is.null(fit$strata)) rep("all", length(fit$time)) else rep(group, fit$strata)
    se <- fit$surv * fit$std.err
    se[fit$surv == 0] <- NA
    if (type == "log") {
      put(name, "time", where, fit$time)
      put(name, "n_risk", where, fit$n.risk)
      put(name, "n_event", where, fit$n.event)
      put(name, "n_censor", where, fit$n.censor)
      put(name, "survival", where, fit$surv)
      put(name, "se", where, se)
    }
    put(name, "low", where, ifelse(fit$surv == 0, NA, fit$lower))
    put(name, "high", where, ifelse(fit$surv == 0, NA, fit$upper))
    medians <- matrix(summary(fit)$table, ncol = 9,
                      dimnames = list(group, if (is.null(dim(summary(fit)$table)))
                        names(summary(fit)$table) else colnames(summary(fit)$table)))
    put(name, "median", group, medians[, "median"])
    put(name, "median_low", group, medians[, "0.95LCL"])
    put(name, "median_high", group, medians[, "0.95UCL"])
  }
}

put_logrank <- function(case, formula, data) {
  fit <- survdiff(formula, data)
  group <- sub("^[^=]*=", "", names(fit$n))
  put(case, "n", group, fit$n)
  put(case, "observed", group, fit$obs)
  put(case, "expected", group, fit$exp)
  put(case, "variance", group, diag(fit$var))
  put(case, "chi2", "", fit$chisq)
  put(case, "p", "", pchisq(fit$chisq, sum(fit$exp > 0) - 1, lower.tail = FALSE))
}

put_distributions <- function() {
  for (df in c(1, 2, 3, 4, 7, 10, 25, 100, 501, 1000))
    for (x in c(1e-8, 0.01, 0.5, 1, 3.841, 10, 50, 123.4, 400, 1000, 1400))
      put("chi2_upper", df, sprintf("%.17g", x), pchisq(x, df, lower.tail = FALSE))
  for (z in c(0, 1e-10, 0.1, 1, 1.96, 3, 6, 10, 20, 37))
    put("normal_two_sided", "", sprintf("%.17g", z), 2 * pnorm(-z))
}

compute <- function(data) {
  file <- function(...) file.path(data, ...)
  lung <- read.csv(file("survival", "lung.csv"))
  rossi <- read.csv(file("survival", "rossi.csv"))
  larynx <- read.csv(file("survival", "larynx.csv"))
  veteran <- read_arff(file("survival", "veteran.arff"))
  heart <- read.csv(file("survival", "stanford_heart.csv"))
  lgg <- read.csv(file("tcga_lgg", "TCGA_clinical_INFO.csv"), check.names = FALSE)
  lgg <- lgg[, !duplicated(names(lgg)) & nzchar(names(lgg))]
  maf <- read.delim(gzfile(file("tcga_laml", "tcga_laml.maf.gz")), comment.char = "#", quote = "")
  laml <- read.delim(file("tcga_laml", "tcga_laml_annot.tsv"))
  laml$days_to_last_followup[!is.finite(laml$days_to_last_followup)] <- NA

  put_cox("lung", Surv(time, status) ~ age + sex + ph.ecog + ph.karno + pat.karno + meal.cal +
            wt.loss, lung)
  put_cox("rossi", Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, rossi)
  put_cox("larynx", Surv(time, death) ~ age + Stage_II + Stage_III + Stage_IV, larynx)
  put_cox("veteran", Surv(Survival_in_days, Status == "dead") ~ Treatment + Celltype +
            Karnofsky_score + Months_from_Diagnosis + Age_in_years + Prior_therapy, veteran)
  put_cox("heart", Surv(start, stop, event) ~ age + year + surgery + transplant, heart)
  rossi$copy <- 2 * rossi$fin - rossi$age
  put_cox("collinear", Surv(week, arrest) ~ fin + age + copy + prio, rossi)
  put_cox("lgg", Surv(daystolastordeath, death01) ~ IDH1 + age_at_initial_pathologic + gender, lgg)

  put_univariate("lung_screen", "Surv(time, status)",
                 c("age", "sex", "ph.ecog", "ph.karno", "pat.karno", "meal.cal", "wt.loss"), lung)

  put_curves("lung_all", Surv(time, status) ~ 1, lung)
  put_curves("lung_sex", Surv(time, status) ~ sex, lung)
  put_curves("veteran_celltype", Surv(Survival_in_days, Status == "dead") ~ Celltype, veteran)
  put_curves("heart_transplant", Surv(start, stop, event) ~ transplant, heart)
  put_curves("lgg_idh1", Surv(daystolastordeath, death01) ~ IDH1, lgg)

  put_logrank("lung_sex", Surv(time, status) ~ sex, lung)
  put_logrank("rossi_prio", Surv(week, arrest) ~ prio, rossi)
  put_logrank("veteran_celltype", Surv(Survival_in_days, Status == "dead") ~ Celltype, veteran)
  put_logrank("lgg_idh1", Surv(daystolastordeath, death01) ~ IDH1, lgg)
  put_logrank("lgg_grade", Surv(daystolastordeath, death01) ~ neoplasm_histologic_grade, lgg)

  patients <- unique(maf$Tumor_Sample_Barcode)
  maf <- maf[maf$Variant_Classification %in%
               c("Frame_Shift_Del", "Frame_Shift_Ins", "In_Frame_Del", "In_Frame_Ins",
                 "Missense_Mutation", "Nonsense_Mutation", "Nonstop_Mutation", "Splice_Site",
                 "Translation_Start_Site"), ]
  mutated <- unique(maf$Tumor_Sample_Barcode[maf$Hugo_Symbol == "DNMT3A"])
  laml$DNMT3A <- as.numeric(laml$Tumor_Sample_Barcode %in% mutated)
  mutated <- unique(maf$Tumor_Sample_Barcode[maf$Hugo_Symbol == "TP53"])
  laml$TP53 <- as.numeric(laml$Tumor_Sample_Barcode %in% mutated)
  counts <- table(factor(maf$Tumor_Sample_Barcode, levels = patients))
  laml$n_variants <- as.numeric(counts[laml$Tumor_Sample_Barcode])
  outcome <- laml[laml$Tumor_Sample_Barcode %in% patients, ]
  put_cox("laml", Surv(days_to_last_followup, Overall_Survival_Status) ~ DNMT3A + TP53 +
            n_variants, outcome)
  put_curves("laml_dnmt3a", Surv(days_to_last_followup, Overall_Survival_Status) ~ DNMT3A, outcome)
  put_logrank("laml_dnmt3a", Surv(days_to_last_followup, Overall_Survival_Status) ~ DNMT3A,
              outcome)
  put_distributions()
  do.call(rbind, rows)
}

argument <- commandArgs(trailingOnly = TRUE)
result <- compute(argument[1])
if (argument[2] == "--check") {
  committed <- read.csv(argument[3], comment.char = "#", colClasses = c("character", "character",
                                                                       "character", "numeric"))
  same_keys <- nrow(committed) == nrow(result) &&
    all(committed$case == result$case & committed$quantity == result$quantity &
          committed$term == result$term)
  if (!same_keys) {
    cat("the committed file has other rows than this script makes\n")
    quit(status = 1)
  }
  gap <- abs(committed$value - result$value) / pmax(1e-300, abs(result$value))
  gap[is.na(committed$value) & is.na(result$value)] <- 0
  gap[abs(committed$value - result$value) < 1e-13] <- 0
  wrong <- which(is.na(gap) | gap > 1e-8)
  cat(nrow(result) - length(wrong), "/", nrow(result), "figures agree within 1e-8 with R",
      paste(R.version$major, R.version$minor, sep = "."), "survival",
      as.character(packageVersion("survival")), "\n")
  if (length(wrong) > 0) print(cbind(committed, now = result$value)[wrong, ])
  quit(status = length(wrong) > 0)
}
out <- file(argument[2], "w")
writeLines(c("# Reference figures of survival statistics. Made by",
             "#   Rscript make_reference.R DATA reference.csv",
             paste0("# with R ", R.version$major, ".", R.version$minor, " and survival ",
                    packageVersion("survival"), ". Never made by the code under test.")), out)
writeLines("case,quantity,term,value", out)
writeLines(sprintf("%s,%s,%s,%s", result$case, result$quantity, result$term,
                   ifelse(is.na(result$value), "NA", sprintf("%.17g", result$value))), out)
close(out)
