/** What can be done with any answer: save the question, take it away as a file, print it as a report. */
import { Link } from '@tanstack/react-router'
import { DropdownMenu } from 'radix-ui'
import { exportApi, type ExportFormat } from '@gatetrail/replay-api'
import { Icon } from '../design/icons.tsx'
import type { ReportSearch } from '../report/address.ts'
import { SaveQuestion } from './save-question.tsx'

const formatNames = { csv: 'CSV, for spreadsheets', json: 'JSON', jsonl: 'JSON, line by line' }

type QuestionToolsProps = {
  /** The address of the whole answer as a file. */
  exportAs: (format: ExportFormat) => string
  report: ReportSearch
}

export function QuestionTools({ exportAs, report }: QuestionToolsProps) {
  return (
    <div className="question-tools">
      <SaveQuestion />
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="button button-small">
            <Icon name="download" />
            Export
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          <DropdownMenu.Label className="menu-label soft">
            The whole answer, with what makes it evidence
          </DropdownMenu.Label>
          {exportApi.exportFormats.map((format) => (
            <DropdownMenu.Item key={format} className="menu-item" asChild>
              <a href={exportAs(format)} download>
                {formatNames[format]}
              </a>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      <Link className="button button-small" to="/report" search={report}>
        <Icon name="page" />
        Report
      </Link>
    </div>
  )
}
